package page

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

// stage sums what the steps of one stage took.
type stage struct {
	Name     string
	Steps    int
	Cached   int
	Seconds  float64
	Attempts int
	Share    float64 // of all seconds
	Cost     string
}

// stages adds up time and cost per stage, in the order of the pipeline. Only what this sweep ran counts: a cached step
// cost nothing.
func stages(r Report) []stage {
	var out []stage
	at := map[string]int{}
	var total float64
	for _, st := range r.Steps {
		total += r.spent(st)
	}
	for _, st := range r.Steps {
		i, ok := at[st.Stage]
		if !ok {
			i = len(out)
			at[st.Stage] = i
			out = append(out, stage{Name: st.Stage})
		}
		s := &out[i]
		s.Steps++
		s.Attempts += st.Attempt
		if st.State == workflows.StateCached {
			s.Cached++
		}
		s.Seconds += r.spent(st)
	}
	for i := range out {
		if total > 0 {
			out[i].Share = out[i].Seconds / total
		}
		if r.CostPerHour > 0 && out[i].Name != stageCorpus {
			out[i].Cost = fmt.Sprintf("%.2f %s", out[i].Seconds/3600*r.CostPerHour, r.Currency)
		}
	}
	return out
}

// stageCorpus needs no device: its time costs nothing.
const stageCorpus = "corpus"

// spent is what a step took in this sweep: its own figure, else its workflow's duration, waiting included.
func (r Report) spent(st workflows.Step) float64 {
	if st.State == workflows.StateCached {
		return 0
	}
	if run, ok := r.Runs[st.ID]; ok && st.Seconds == 0 && !run.Closed.IsZero() {
		return run.Closed.Sub(run.Started).Seconds()
	}
	return st.Seconds
}

func deviceSeconds(r Report) float64 {
	var sum float64
	for _, st := range r.Steps {
		if st.Stage != stageCorpus {
			sum += r.spent(st)
		}
	}
	return sum
}

// timeline draws when each step ran, from the beginning of the first to the end of the last.
func timeline(r Report) template.HTML {
	var first, last time.Time
	for _, run := range r.Runs {
		if first.IsZero() || run.Started.Before(first) {
			first = run.Started
		}
		if run.Closed.After(last) {
			last = run.Closed
		}
	}
	span := last.Sub(first).Seconds()
	if first.IsZero() || span <= 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<div class="chart timeline">`)
	for _, st := range r.Steps {
		run, ok := r.Runs[st.ID]
		if !ok || run.Closed.IsZero() {
			continue
		}
		from, took := run.Started.Sub(first).Seconds(), run.Closed.Sub(run.Started).Seconds()
		fmt.Fprintf(&b, `<span>%s</span><span class="track"><i class="bar %s" style="left:%.2f%%;width:%.2f%%" title="%s after %s"></i></span><span class="num">%s</span>`,
			template.HTMLEscapeString(Title(st)), template.HTMLEscapeString(string(st.State)), 100*from/span, max(0.4, 100*took/span),
			show.Duration(took), firstOf(show.Duration(from), "0s"), show.Duration(took))
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String()) // what comes from outside is escaped
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
