package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What people mistype, with the status and the way out that they are told.
func TestMistakesAreToldWithAWayOut(t *testing.T) {
	dir := t.TempDir()
	head := filepath.Join(dir, "head")
	if err := os.MkdirAll(head, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	for _, name := range []string{file, filepath.Join(head, "mlm_head.safetensors")} {
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	store := "--store=file://" + filepath.Join(dir, "store")
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"adapters", "list", "--kind", "langauge", store}, 2, "known are language, task, mlm-head"},
		{[]string{"adapters", "list", store}, 0, "No adapters in file://"},
		{[]string{"adapters", "show", "sw", store}, 4, "madx adapters list"},
		{[]string{"adapters", "push", dir, store}, 2, "the folder of one adapter"},
		{[]string{"adapters", "push", head, store}, 2, "is a masked-LM head"},
		{[]string{"adapters", "verify", head}, 2, "is a masked-LM head"},
		{[]string{"adapters", "verify", dir}, 2, "the folder of one adapter"},
		{[]string{"adapters", "push", dir, "--lang", "sw", "--task", "ner", store}, 2, "madx adapters push --help"},
		{[]string{"models", "verify", dir}, 2, "madx models list"},
		{[]string{"models", "verify", file}, 2, "madx models list"},
		{[]string{"models", "import", filepath.Join(dir, "nowhere")}, 2, "pip download"},
		{[]string{"predict", "--task", "ner", "--lang", "sw", "--from", filepath.Join(dir, "nowhere"), "x"}, 4, "madx report --adapters"},
		{[]string{"predict", "--task", "ner", "--lang", "sw", store, "x"}, 4, "madx sweep start"},
		{[]string{"language", "train", "sw"}, 2, "madx language train --help"},
		{[]string{"logs", "demo", "--trainer", "--worker"}, 2, "madx logs --help"},
		{[]string{"sweep", "list", "--address", "x"}, 2, "did you mean --temporal-address:"},
		{[]string{"sweep", "list", "--namepsace", "x"}, 2, "did you mean --namespace:"},
		{[]string{"sweep", "list", "--zzz", "x"}, 2, "unknown flag: --zzz: see"},
		{[]string{"sweep", "list", "--temporal-address", "127.0.0.1:1", store}, 3, "madx doctor"},
	} {
		status, out, errOut := command(t, c.args...)
		if status != c.status || !strings.Contains(out+errOut, c.says) {
			t.Errorf("madx %v: status %d, want %d with %q; it said %q", c.args, status, c.status, c.says, out+errOut)
		}
		if c.status != 0 && out != "" {
			t.Errorf("madx %v: standard output has %q beside the error", c.args, out)
		}
	}
}

// An error leaves standard output empty with -o json: what is there is always a result.
func TestErrorsAreNotOnStandardOutput(t *testing.T) {
	store := "--store=file://" + t.TempDir()
	for _, args := range [][]string{
		{"sweep", "plan", "nowhere.yaml"}, {"sweep", "status", "x"}, {"adapters", "show", "x", store}, {"adapters", "lineage", "x", store},
		{"report", "x", store}, {"models", "verify", "nowhere"}, {"predict", "--task", "ner", "--lang", "sw", store, "x"}, {"nonsense"}, {"sweep", "nonsense"},
		{"version", "--nonsense"}, {"store", "verify", "nowhere", store},
	} {
		status, out, errOut := command(t, append(args, "-o", "json")...)
		if status == 0 || out != "" || errOut == "" {
			t.Errorf("madx %v: status %d, standard output %q, standard error %q", args, status, out, errOut)
		}
	}
}

// Tab offers what a sweep file has.
func TestStagesCompleteFromTheFile(t *testing.T) {
	s := tinySweep(t)
	for _, c := range []struct{ line, want string }{
		{"language train -f FILE ", s.Source},
		{"task train -f FILE ", s.Tasks[0].Name},
		{"evaluate -f FILE " + s.Tasks[0].Name + " ", s.Targets[0]},
	} {
		line := strings.ReplaceAll(c.line, "FILE", s.File)
		_, out, _ := command(t, append([]string{"__complete"}, append(strings.Fields(line), "")...)...)
		if !strings.Contains("\n"+out, "\n"+c.want+"\n") {
			t.Errorf("%s offers %q, not %s", c.line, out, c.want)
		}
	}
}

// A mistaken key of --set is told the keys that look like it.
func TestMistakenKeysAreToldTheKnown(t *testing.T) {
	s := tinySweep(t)
	for key, want := range map[string]string{"langauge.steps": "known here: language", "language.stpes": "steps", "seeed": "seed"} {
		status, _, errOut := command(t, "sweep", "plan", s.File, "--set", key+"=3")
		if _, known, _ := strings.Cut(errOut, "known here: "); status != 2 || !strings.Contains("known here: "+known, want) {
			t.Errorf("--set %s: status %d: %s", key, status, errOut)
		}
	}
}
