// Package pagetest makes up the results of large sweeps, for tests of pages that must stay readable and quick with many
// languages. The figures mean nothing, and are the same every time.
package pagetest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/datasets/corpus"
	"madx/infra/objectstore"
	"madx/trainer/spec"
	"madx/workflows"
)

// languages are codes of Wikipedia, from large ones to small ones.
const languages = `en de fr sv nl ru es it pl ja zh vi ceb war uk ar pt fa ca sr id ko no fi tr hu cs ro eu ms eo hy da bg he sk kk
min et hr be lt el gl az sl uz ur simple nn hi th ka ta cy la mk ast lv tg af mg oc bs sq ky nds be-tarask bn lmo pnb ku ba sco is ml mr
ga sw su bar nap io te qu ht ilo kn jv my mn mhr si yo ps gn am sa arz als zh-yue tk mi roa-rup cdo xmf`

// Languages returns n codes.
func Languages(n int) []string { return strings.Fields(languages)[:n] }

// points are in a learning curve, and one in pointsHeldOut of them is a held-out loss.
const points, pointsHeldOut = 300, 60

// Report is that of a finished sweep with n languages, the first of which is the source, and with three tasks.
func Report(n int) page.Report {
	langs := Languages(n)
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := page.Report{SweepResult: workflows.SweepResult{Sweep: "many", Outcome: workflows.OutcomeCompleted, Adapters: map[string]activities.Trained{},
		Params: workflows.SweepParams{Name: "many", Source: langs[0], Targets: langs[1:], Model: activities.Model{Name: "xlm-roberta-base", Precision: "bfloat16"}}},
		UI: "http://ui", Namespace: "default", CostPerHour: 2, Currency: "EUR", Runs: map[string]page.Run{}, MadeFrom: map[string]map[string]string{}}
	step := func(i int, s workflows.Step) {
		s.ID = fmt.Sprintf("sweep/many/%s/%s/%s", s.Stage, s.Task, s.Lang)
		s.State, s.Attempt, s.Seconds = workflows.StateDone, 1+i%40/39, float64(60+i%7*13)
		from := began.Add(time.Duration(i) * 31 * time.Second)
		r.Runs[s.ID] = page.Run{Started: from, Closed: from.Add(time.Duration(s.Seconds) * time.Second)}
		r.Steps = append(r.Steps, s)
	}
	adapter := func(i int, name string) {
		r.Adapters[name] = activities.Trained{Ref: ref("s3://b/"+name, i), Steps: 250_000, Attempt: 1, Seconds: 9000, TokensPerS: 41_000, Curve: curve(i)}
		r.MadeFrom[name] = map[string]string{"corpus": digest(1000 + i)}
	}
	for i, lang := range langs {
		r.Corpora = append(r.Corpora, activities.Corpus{Lang: lang, Rows: 9000, HeldOut: 450, Ref: ref("s3://b/corpus/"+lang, 1000+i),
			Stats:   corpus.Stats{Documents: 20_000, DocumentsKept: 18_000, Paragraphs: 90_000, ParagraphsRead: 120_000, Tokens: 12_345_678},
			Origins: []activities.Origin{{Name: lang + "wiki 20260101", SHA256: digest(2000 + i), Documents: 20_000}}})
		step(i, workflows.Step{Stage: "corpus", Lang: lang})
		step(i+n, workflows.Step{Stage: "language", Lang: lang})
		adapter(i, "language/"+lang)
	}
	for t, task := range []struct {
		name, metric string
		kind         spec.Task
	}{{"ner", "f1", spec.TaskNER}, {"xcopa", "accuracy", spec.TaskCCR}, {"xquad", "f1", spec.TaskQA}} {
		p := workflows.TaskParams{Name: task.name, Task: spec.TaskAdapter{Task: task.kind}, Test: map[string][]activities.Data{}}
		step(2*n+t, workflows.Step{Stage: "task", Task: task.name, Lang: langs[0]})
		adapter(3000+t, "task/"+task.name)
		adapter(4000+t, "task/"+task.name+"/alone")
		for i, lang := range langs {
			p.Test[lang] = []activities.Data{{File: lang + ".test.iob2", Format: "iob2", Ref: ref("s3://b/d", 5000+i)}}
			r.Results = append(r.Results, activities.Evaluated{Task: task.name, Lang: lang, Metric: task.metric, Examples: 500, Rows: rows(i, t),
				Baselines: map[string]float64{"most_frequent": .1}})
			step(2*n+3+t*n+i, workflows.Step{Stage: "zero-shot", Task: task.name, Lang: lang})
		}
		r.Params.Tasks = append(r.Params.Tasks, p)
	}
	return r
}

// rows of the source's own language have no target.
func rows(i, task int) []activities.Row {
	kept := .85 - float64(i%53)/100 - float64(task)/20
	out := []activities.Row{row("task_alone", kept-.03), row("source_kept", kept)}
	if i > 0 {
		out = append(out, row("target_swapped", kept+float64(i*37%23-7)/100))
	}
	return out
}

func row(name string, score float64) activities.Row {
	return activities.Row{Row: name, Score: score, Low: score - .04, High: score + .04}
}

func curve(seed int) []activities.Point {
	out := make([]activities.Point, 0, points)
	for i := range points {
		x := float64(i+1) / points
		out = append(out, activities.Point{Step: (i + 1) * 800, Loss: 2 + 6*math.Exp(-5*x) + .3*math.Sin(float64(seed+i*i)), HeldOut: i%pointsHeldOut == pointsHeldOut-1})
	}
	return out
}

func ref(uri string, i int) objectstore.Ref { return objectstore.Ref{URI: uri, Digest: digest(i)} }

func digest(i int) string { return fmt.Sprintf("%064x", 1_000_003*(i+1)) }
