package worker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"madx/infra/tracking"
	"madx/trainer/events"
)

type toldTrainer struct{ err error }

func (f toldTrainer) Run(_ context.Context, _ string, onEvent func(events.Event)) error {
	onEvent(events.Event{Type: events.TypeProgress, Step: 3, Loss: 2})
	return f.err
}

func TestTrainersAreTracked(t *testing.T) {
	t.Setenv("MLFLOW_TRACKING_URI", "")
	dir := t.TempDir()
	tracker, err := tracking.New(filepath.Join(dir, "runs"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "language-abc-a1", "spec.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"kind":"language","seed":7,"train":{"batch":8,"lr":0.0005,"schedule":"cosine"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	ended := errors.New("ended")
	steps := 0
	tr := &tracked{Trainer: toldTrainer{ended}, tracker: tracker}
	if err := tr.Run(t.Context(), path, func(e events.Event) { steps = e.Step }); !errors.Is(err, ended) || errors.Is(err, context.Canceled) || steps != 3 {
		t.Errorf("%v after step %d", err, steps)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "runs", "language-abc-a1", "events.out.tfevents.*")); len(found) != 1 {
		t.Errorf("event files: %v", found)
	}
	got := recipe(path)
	for k, want := range map[string]string{"kind": "language", "seed": "7", "batch": "8", "lr": "0.0005", "schedule": "cosine"} {
		if got[k] != want {
			t.Errorf("%s is %q, want %q", k, got[k], want)
		}
	}
	if recipe(filepath.Join(dir, "none")) != nil {
		t.Error("a recipe of nothing")
	}
}
