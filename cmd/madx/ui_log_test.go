package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLinesAboutAStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker.log")
	lines := []string{
		`msg="attempt begins" sweep=a stage=language lang=sw activity=TrainLanguage`,
		`msg="attempt begins" sweep=a stage=language lang=swa activity=TrainLanguage`,
		`msg="Activity error." WorkflowID=sweep/a/language/sw RunID=x`,
		`msg="Activity error." WorkflowID=sweep/a/language/sw2 RunID=x`,
		`msg=eval sweep=a stage=zero-shot lang=sw task=ner`,
		`msg=task sweep=a stage=task task=ner device=cpu`,
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("earlier\n", logTail/8)+strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"sweep/a/language/sw": "02", "stage/a/language/swa": "1", "sweep/a/zero-shot/ner/sw": "4", "sweep/a/task/ner/alone": "5", "sweep/a": ""} {
		got := ""
		for _, l := range workerLines(path, id) {
			for i := range lines {
				if l == lines[i] {
					got += string(rune('0' + i))
				}
			}
		}
		if got != want {
			t.Errorf("%s: lines %q, want %q", id, got, want)
		}
	}
	if got := workerLines(path+"x", "sweep/a/corpus/sw"); got != nil {
		t.Errorf("lines of no file: %v", got)
	}
}
