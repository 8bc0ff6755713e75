package workflows

import (
	"fmt"
	"strings"

	"madx/activities"
)

// figures says in a line what a stage made.
func figures(result any) string {
	switch r := result.(type) {
	case activities.Corpus:
		return fmt.Sprintf("%d rows, %d held out, %d tokens", r.Rows, r.HeldOut, r.Stats.Tokens)
	case activities.Trained:
		text := fmt.Sprintf("%d steps", r.Steps)
		if r.TokensPerS > 0 {
			text += fmt.Sprintf(", %.0f tokens/s", r.TokensPerS)
		}
		if r.Loss != 0 {
			text += fmt.Sprintf(", loss %.3f", r.Loss)
		}
		if r.MicroBatch > 0 {
			text += fmt.Sprintf(", micro-batch %d", r.MicroBatch)
		}
		return text
	case activities.Evaluated:
		var rows []string
		for _, row := range r.Rows {
			rows = append(rows, fmt.Sprintf("%s %.1f", row.Row, 100*row.Score))
		}
		return strings.Join(rows, ", ")
	}
	return ""
}

// stageEnd says in Markdown how a stage ended, for Temporal's UI: what it made or why not, and the attempts before.
func stageEnd(outcome string, result any, err error) string {
	text := figures(result)
	var past []activities.Ended
	cached := false
	switch r := result.(type) {
	case activities.Corpus:
		cached = r.Cached
	case activities.Trained:
		past, cached = r.Past, r.Cached
	case activities.Evaluated:
		past, cached = r.Past, r.Cached
	}
	if err != nil {
		f := activities.Why(err)
		text, past, cached = f.Message, f.Past, false
	}
	if cached {
		outcome, past = outcome+", found in the store", nil
	}
	text = fmt.Sprintf("**%s**: %s\n", outcome, text)
	if len(past) > 0 {
		text += "\n| attempt | ended by | at step |\n|---|---|---|\n"
	}
	for _, e := range past {
		text += fmt.Sprintf("| %d | %s | %d |\n", e.Attempt, e.Cause, e.Step)
	}
	return text
}
