package page

import (
	"slices"
	"strings"
	"testing"
	"time"

	"madx/activities"
	"madx/datasets/corpus"
	"madx/infra/objectstore"
	"madx/workflows"
)

const hostile = `<script>alert("x")</script>`

// Example is a finished sweep's report with everything a page can show, and with text in it that tries to be markup.
func example() Report {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var curve []activities.Point
	for i := range 40 {
		curve = append(curve, activities.Point{Step: 10 * (i + 1), Loss: 9 - float64(i)/10})
	}
	curve = append(curve, activities.Point{Step: 400, Loss: 5.5, HeldOut: true})
	rows := func(a, b, c float64) []activities.Row {
		return []activities.Row{{Row: "task_alone", Score: a, Low: a - .08, High: a + .08}, {Row: "source_kept", Score: b, Low: b - .08, High: b + .08},
			{Row: "target_swapped", Score: c, Low: c - .08, High: c + .08}}
	}
	digest := strings.Repeat("a", 64)
	r := workflows.SweepResult{
		Sweep: "t", Outcome: workflows.OutcomeFailures,
		Params: workflows.SweepParams{Name: "t", Source: "en", Targets: []string{"sw", "qu"}, Tasks: []workflows.TaskParams{{Name: "ner",
			Data: []activities.Data{{File: "en.train.iob2", Format: "iob2", Ref: objectstore.Ref{Digest: strings.Repeat("c", 64)}}}}},
			Model: activities.Model{Name: "base", Precision: "bfloat16"}},
		Results: []activities.Evaluated{
			{Task: "ner", Lang: "en", Metric: "f1", Examples: 60, Rows: rows(.9, .9, 0)[:2], Baselines: map[string]float64{"all_o": 0}},
			{Task: "ner", Lang: "sw", Metric: "f1", Examples: 68, Rows: rows(.6, .5, .7), Baselines: map[string]float64{"all_o": 0, "most_frequent": .178}}},
		Corpora: []activities.Corpus{{Lang: "sw", Rows: 9, Stats: corpus.Stats{Documents: 20, Tokens: 12345, Warnings: []string{"little text"}}, Ref: objectstore.Ref{Digest: digest},
			Origins: []activities.Origin{{Name: "swwiki 20260101", SHA256: strings.Repeat("d", 64), Documents: 45}}}},
		Steps: []workflows.Step{{ID: "a", Stage: "language", Lang: "sw", State: workflows.StateDone, Seconds: 90, Attempt: 2, Past: []activities.Ended{{Attempt: 1, Cause: "DeviceLost", Step: 7}}},
			{ID: "b", Stage: "language", Lang: "qu", State: workflows.StateFailed, Error: hostile}, {ID: "c", Stage: "corpus", Lang: "en", State: workflows.StateCached}},
		Adapters: map[string]activities.Trained{"language/en": {Steps: 400, Ref: objectstore.Ref{URI: "s3://b/x", Digest: digest}, Curve: curve},
			"language/sw": {Steps: 400, Ref: objectstore.Ref{URI: "s3://b/y", Digest: digest}, Curve: curve}},
	}
	return Report{SweepResult: r, UI: "http://ui", Namespace: "default", CostPerHour: 2, Currency: "EUR", Tables: []Table{{"CSV", "results.csv"}},
		MadeFrom: map[string]map[string]string{"language/sw": {"corpus": digest, "head": strings.Repeat("e", 64)}}, Runs: map[string]Run{
			"a": {Started: began, Closed: began.Add(90 * time.Second), Attempts: []Attempt{{Activity: "TrainLanguage", Number: 2, Worker: "w", Failure: "killed " + hostile}}},
			"b": {Started: began.Add(30 * time.Second), Closed: began.Add(40 * time.Second)}}}
}

func TestThePageShowsEverythingAndEscapes(t *testing.T) {
	html, err := Render(example())
	if err != nil {
		t.Fatal(err)
	}
	text := string(html)
	for _, want := range []string{"70.0 (62.0–78.0)", "--score:0.700", "<polyline", "<circle", "completed with failures", "&lt;script&gt;",
		"http://ui/namespaces/default/workflows/sweep%2Ft", "attempt 2 on w, after: killed", "0.06 EUR", "the target&#39;s adapter helps", "little text", "timeline",
		"attempt 1 ended by DeviceLost at step 7", "swwiki 20260101, 45 documents", "trained on", "en.train.iob2", "corpus: ", "head: not of this sweep", `href="results.csv"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"<script", "ZgotmplZ", "https://", "src="} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestThePageOfNothing(t *testing.T) {
	html, err := Render(Report{SweepResult: workflows.SweepResult{Sweep: "x"}})
	if err != nil || !strings.Contains(string(html), "No evaluation has ended") {
		t.Errorf("%v: %s", err, html)
	}
}

func TestVerdictSaysNoMoreThanTheIntervalsAllow(t *testing.T) {
	e := func(kept, swapped activities.Row) activities.Evaluated {
		kept.Row, swapped.Row = "source_kept", "target_swapped"
		return activities.Evaluated{Rows: []activities.Row{kept, swapped}}
	}
	for want, x := range map[string]activities.Evaluated{
		"+20.0: the target's adapter helps": e(activities.Row{Score: .5, Low: .45, High: .55}, activities.Row{Score: .7, Low: .6, High: .8}),
		"-20.0: the target's adapter hurts": e(activities.Row{Score: .7, Low: .65, High: .75}, activities.Row{Score: .5, Low: .4, High: .6}),
		"+5.0: within the intervals":        e(activities.Row{Score: .5, Low: .4, High: .6}, activities.Row{Score: .55, Low: .5, High: .6}),
		"":                                  {},
	} {
		if got := verdict(x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACurveNeedsTwoPoints(t *testing.T) {
	if got := Curve([]activities.Point{{Step: 1, Loss: 2}}); got != "" {
		t.Errorf("drew %q", got)
	}
	if got := string(Curve([]activities.Point{{Step: 1, Loss: 2}, {Step: 2, Loss: 2}})); strings.Contains(got, "NaN") {
		t.Errorf("a flat curve: %q", got)
	}
}

func TestTables(t *testing.T) {
	r := example().SweepResult
	if csv := string(CSV(r)); !strings.Contains(csv, "ner,sw,f1,target_swapped,0.7000,0.6200,0.7800,68\n") {
		t.Errorf("%s", csv)
	}
	r.Results[0].Task = "a_b"
	if tex := string(LaTeX(r)); !strings.Contains(tex, `a\_b & en & f1`) || !strings.Contains(tex, `$70.0 \pm 8.0$`) || !strings.Contains(tex, "& --") {
		t.Errorf("%s", tex)
	}
}

func TestALongCurveKeepsItsSpikes(t *testing.T) {
	points := make([]activities.Point, 10_000)
	for i := range points {
		points[i] = activities.Point{Step: i + 1, Loss: 3}
	}
	points[5001].Loss, points[5003].Loss = 9, 1
	got := thin(points)
	if len(got) > maxDrawn || !slices.Contains(got, points[5001]) || !slices.Contains(got, points[5003]) || !slices.IsSortedFunc(got, func(a, b activities.Point) int { return a.Step - b.Step }) {
		t.Errorf("%d points: %v", len(got), got)
	}
}
