package scale

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/trainer/events"
	"madx/trainer/spec"
)

// stubVariable makes this very program the trainer: a worker starts it as `PROGRAM run SPEC.json`.
const stubVariable = "MADX_SCALE_STUB"

func TestMain(m *testing.M) {
	if os.Getenv(stubVariable) != "" && len(os.Args) == 3 && os.Args[1] == "run" {
		if err := stub(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// stubSteps is how many steps the stub says it makes, with a checkpoint in the middle.
const stubSteps = 4

// stub keeps the trainer's contract without training.
func stub(path string) error {
	s, err := spec.Read(path)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for step := range stubSteps {
		e := events.Event{Type: events.TypeProgress, Step: step, Total: stubSteps, Loss: 1, TokensPerS: 1000}
		switch {
		case step == 0:
			e = events.Event{Type: events.TypeStarted, Total: stubSteps}
		case step == stubSteps/2 && s.Checkpoints != "":
			dir := filepath.Join(s.Checkpoints, fmt.Sprintf("step-%08d", step))
			if err := write(dir, "state.bin", 16<<10, s.Seed); err != nil {
				return err
			}
			e = events.Event{Type: events.TypeCheckpoint, Step: step, Total: stubSteps, Path: dir}
		}
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	if s.Kind == spec.KindEvaluate {
		err = writeResults(s)
	} else {
		err = write(s.Out, "adapter.bin", 8<<10, s.Seed)
	}
	if err != nil {
		return err
	}
	return out.Encode(events.Event{Type: events.TypeDone, Step: stubSteps, Total: stubSteps, Path: s.Out, Metrics: map[string]float64{"held_out_loss": 2}})
}

func write(dir, name string, size int, seed uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	body := strings.Repeat(fmt.Sprintf("%016x", seed), size/16)
	return os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644)
}

func writeResults(s *spec.Spec) error {
	row := func(name string) map[string]any {
		return map[string]any{"row": name, "score": 0.5, "low": 0.4, "high": 0.6}
	}
	body, err := json.Marshal(map[string]any{"task": s.Evaluate.Task, "lang": s.Evaluate.Lang, "metric": "f1", "examples": 10, "tokens": 100,
		"rows": []any{row("task_alone"), row("source_kept"), row("target_swapped")}, "baselines": map[string]float64{"all_o": 0.1}})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Out, "results.json"), body, 0o644)
}
