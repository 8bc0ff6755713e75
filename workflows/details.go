package workflows

import (
	"fmt"
	"strings"
)

// details says in Markdown what a step's workflow does, for Temporal's UI.
func (s *Step) details(p SweepParams) string {
	train := p.Language.Train
	what := ""
	switch s.kind() {
	case stageCorpus:
		w := p.Wiki(s.Lang)
		return fmt.Sprintf("Text of **%s** (%s, dump of %s) as rows of %d tokens.", s.Lang, w.Wiki, w.Date, p.Corpus.SeqLen)
	case stageHead:
		what, train = "Masked-LM head on the text of all languages, for a base model without one.", p.MLMHead
	case stageLanguage:
		what, train = fmt.Sprintf("Language and invertible adapter of **%s** by masked language modelling.", s.Lang), p.LanguageInput(s.Lang).Train
	case stageTask:
		task, _ := p.task(s.Task)
		train = task.Train
		what = fmt.Sprintf("Task adapter **%s** on the frozen adapter of %s.", s.Task, s.Lang)
		if s.Part > 0 {
			train = task.Before[s.Part-1].Train
		}
		if s.Alone {
			what = fmt.Sprintf("Task adapter **%s** without any language adapter: the baseline.", s.Task)
		}
	case stageZeroShot:
		return fmt.Sprintf("**%s** in **%s**, zero-shot: task adapter alone, source adapter kept, target adapter swapped in.", s.Task, s.Lang)
	}
	return what + "\n\n" + recipe(p.Model.Name, train.Steps, train.Epochs, train.Batch, train.LR)
}

func recipe(model string, steps int, epochs float64, batch int, lr float64) string {
	length := fmt.Sprintf("%d steps", steps)
	if epochs > 0 {
		length = fmt.Sprintf("%g epochs", epochs)
	}
	return fmt.Sprintf("| base model | length | batch | learning rate |\n|---|---|---|---|\n| %s | %s | %d | %g |\n", model, length, batch, lr)
}

// Summary says in a line what a sweep, or a stage alone, is about.
func (p SweepParams) Summary() string {
	if p.Goal != "" {
		return strings.TrimPrefix(p.Goal, SweepID(""))
	}
	if len(p.Targets) > 8 {
		return fmt.Sprintf("%s → %d languages", p.Source, len(p.Targets))
	}
	return fmt.Sprintf("%s → %s", p.Source, strings.Join(p.Targets, ", "))
}

// Details says in Markdown what a sweep consists of, for Temporal's UI.
func (p SweepParams) Details() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**: from %s to %s, on %s.\n\n", p.Name, p.Source, strings.Join(p.Targets, ", "), p.Model.Name)
	b.WriteString(recipe(p.Model.Name, p.Language.Train.Steps, 0, p.Language.Train.Batch, p.Language.Train.LR))
	b.WriteString("\n| task | kind | test languages |\n|---|---|---|\n")
	for _, t := range p.Tasks {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", t.Name, t.Task.Task, len(t.Test))
	}
	return b.String()
}
