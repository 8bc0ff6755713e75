package workflows

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// replayer runs recorded histories through the workflows' code.
func replayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflow(LanguageSweep)
	r.RegisterWorkflow(Corpus)
	r.RegisterWorkflow(MLMHead)
	r.RegisterWorkflow(LanguageAdapter)
	r.RegisterWorkflow(TaskAdapter)
	r.RegisterWorkflow(ZeroShot)
	return r
}

func histories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.json"))
	if err != nil || len(files) < 7 {
		t.Fatalf("%d histories, %v", len(files), err)
	}
	return files
}

// Sweeps run for days: code that would take another way through a history that an earlier version began breaks them.
// `make record-history` records new ones, from released code; see testdata/replay/README.md.
func TestRecordedHistoriesReplay(t *testing.T) {
	for _, file := range histories(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			log := tlog.NewStructuredLogger(slog.New(slog.DiscardHandler))
			if err := replayer().ReplayWorkflowHistoryFromJSONFile(log, file); err != nil {
				t.Errorf("this version of the workflows breaks sweeps that run: %v", err)
			}
		})
	}
}

// The replay finds a workflow that does something else.
func TestReplayNoticesAChange(t *testing.T) {
	changed := worker.NewWorkflowReplayer()
	changed.RegisterWorkflowWithOptions(func(ctx workflow.Context, p LanguageAdapterParams) error {
		return workflow.Sleep(ctx, 1)
	}, workflow.RegisterOptions{Name: "LanguageAdapter"})
	for _, file := range histories(t) {
		if !strings.Contains(file, "-language-") {
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
		if err != nil {
			t.Fatal(err)
		}
		log := tlog.NewStructuredLogger(slog.New(slog.DiscardHandler))
		if err := changed.ReplayWorkflowHistory(log, h); err == nil {
			t.Errorf("%s replays through other code", file)
		}
	}
}
