package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/infra/objectstore"
	"madx/workflows"
)

// finished is a sweep's result with one evaluation, and with text in it that tries to be markup.
func finished() workflows.SweepResult {
	const hostile = `<script>alert("x")</script>`
	return workflows.SweepResult{
		Sweep: "t", Outcome: workflows.OutcomeFailures,
		Params: workflows.SweepParams{Name: "t", Source: "en", Targets: []string{"sw"}, Tasks: []workflows.TaskParams{{Name: "ner"}}},
		Results: []activities.Evaluated{{Task: "ner", Lang: "sw", Metric: "f1", Examples: 68, Baselines: map[string]float64{"all_o": 0, "most_frequent": 0.178},
			Rows: []activities.Row{{Row: "source_kept", Score: 0.5, Low: 0.4, High: 0.6}, {Row: "target_swapped", Score: 0.55, Low: 0.45, High: 0.65}}}},
		Steps: []workflows.Step{{Stage: "language", Lang: "qu", State: workflows.StateFailed, Error: hostile}},
		Adapters: map[string]activities.Trained{"language/en": {Steps: 60, Ref: objectstore.Ref{URI: "s3://b/x", Digest: strings.Repeat("a", 64)},
			Curve: []activities.Point{{Step: 10, Loss: 9}, {Step: 20, Loss: 7}, {Step: 20, Loss: 7.5, HeldOut: true}}}},
	}
}

func TestResultsTable(t *testing.T) {
	var out bytes.Buffer
	printResults(&out, finished().Results)
	for _, want := range []string{"task adapter alone", "–", "50.0 (40.0–60.0)", "55.0 (45.0–65.0)", "all O 0.0, most frequent label 17.8", "68"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if printResults(&out, nil); out.Len() != 0 {
		t.Errorf("a table of nothing: %q", out.String())
	}
}

func TestReportFiles(t *testing.T) {
	ctx := t.Context()
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	adapter := t.TempDir()
	if err := os.WriteFile(filepath.Join(adapter, "adapter_config.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := finished()
	ref, err := objectstore.Commit(ctx, store, "artifacts/language/k", adapter, objectstore.Manifest{Kind: "language", Key: "k", Meta: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	r.Adapters["language/en"] = activities.Trained{Ref: ref}
	dir := filepath.Join(t.TempDir(), "report")
	a := &app{}
	for range 2 { // a second time over the first changes nothing
		if err := a.writeReport(ctx, store, page.Report{SweepResult: r}, dir, true); err != nil {
			t.Fatal(err)
		}
	}
	var back workflows.SweepResult
	body, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || json.Unmarshal(body, &back) != nil || len(back.Results) != 1 {
		t.Errorf("results.json: %v, %+v", err, back)
	}
	csv, _ := os.ReadFile(filepath.Join(dir, "results.csv"))
	if !strings.Contains(string(csv), "ner,sw,f1,target_swapped,0.5500,0.4500,0.6500,68\n") {
		t.Errorf("results.csv: %s", csv)
	}
	if tex, _ := os.ReadFile(filepath.Join(dir, "results.tex")); !strings.Contains(string(tex), `$55.0 \pm 10.0$`) {
		t.Errorf("results.tex: %s", tex)
	}
	if card, _ := filepath.Glob(filepath.Join(dir, "adapters", "language", "en-*", "README.md")); len(card) != 1 {
		t.Error("no model card")
	}
	got, _ := filepath.Glob(filepath.Join(dir, "adapters", "language", "en-*", "adapter_config.json"))
	if len(got) != 1 {
		t.Errorf("adapters: %v", got)
	}
}
