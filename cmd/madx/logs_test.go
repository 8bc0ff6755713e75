package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/worker"
	"madx/workflows"
)

func TestTrainerLogs(t *testing.T) {
	dir := t.TempDir()
	step := workflows.Step{ID: "sweep/demo/language/sw", Stage: "language", Lang: "sw"}
	at := filepath.Join(dir, worker.TrainerLogs, "sweep", "demo", "language", "sw")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"20260101T100000-TrainLanguage-a1.log": "2026-01-01T10:00:00Z out of luck\n",
		"20260101T110000-TrainLanguage-a2.log": `2026-01-01T11:00:00Z {"type":"progress","step":5,"total":10,"loss":6.5,"tokens_per_s":1234}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	a := &app{out: &out}
	if err := a.trainerLog(t.Context(), []workflows.Step{step}, logsFlags{dir: dir}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "out of luck") || !strings.Contains(got, "step 5/10  loss 6.5000  1234 tok/s") || strings.Index(got, "luck") > strings.Index(got, "step") {
		t.Error(got)
	}
	step.ID = "sweep/demo/language/yo"
	if err := a.trainerLog(t.Context(), []workflows.Step{step}, logsFlags{dir: dir}); exitStatus(err) != 4 || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("no log: %v", err)
	}
}

// A followed log goes on until the person has seen enough; a line is printed when it is whole.
func TestFollowingALog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write := func(text string) {
		if _, err := f.WriteString(text); err != nil {
			t.Error(err)
		}
	}
	write("one\ntw")
	ctx, cancel := context.WithCancel(t.Context())
	var got []string
	err = copyLog(ctx, path, true, func(line string) {
		switch got = append(got, line); len(got) {
		case 1:
			write("o\n")
		case 2:
			cancel()
		}
	})
	if exitStatus(err) != 130 || strings.Join(got, " ") != "one two" {
		t.Errorf("%v: %q", err, got)
	}
}

func TestWorkerLines(t *testing.T) {
	ids := []string{"sweep/a/language/sw"}
	for line, want := range map[string]bool{
		"msg=x WorkflowID=sweep/a/language/sw RunID=1":      true,
		`{"WorkflowID":"sweep/a/language/sw","RunID":"1"}`:  true,
		"msg=x WorkflowID=sweep/a/language/sw-cn RunID=1":   false,
		"msg=x WorkflowID=sweep/another/language/sw RunID=": false,
		"msg=x": false,
	} {
		if workerLine(line, ids) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}
