package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// valid is a sweep file that passes; the tests change single lines of it.
const valid = `name: tiny
model:
  path: model
source: en
targets: [sw, qu]
wikipedia:
  mirror: http://127.0.0.1:1
tasks:
  - name: ner
    kind: ner
    labels: [O, B-PER, I-PER]
    train:
      - {path: en.iob2, format: iob2}
    test:
      sw: [{path: sw.iob2, format: iob2}]
      qu: [{path: sw.iob2, format: iob2}]
    epochs: 3
`

// sweepFile writes a sweep file beside the folder and the files that it names.
func sweepFile(t testing.TB, body string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "model"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"model/config.json": "{}", "en.iob2": "a\tO\n", "sw.iob2": "b\tO\n", "sweep.yaml": body} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "sweep.yaml")
}

func TestDefaultsAreThePublishedRecipe(t *testing.T) {
	path := sweepFile(t, valid)
	s, err := ReadSweep(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Language.Batch != 64 || s.Language.LR != 1e-4 || s.Language.Reduction != 2 || s.Tasks[0].Reduction != 16 ||
		s.Language.Schedule != "linear" || s.Corpus.SeqLen != 256 || s.Seed != 42 || s.Tasks[0].Batch != 64 {
		t.Errorf("defaults: %+v", s)
	}
	if want := filepath.Join(filepath.Dir(path), "en.iob2"); s.Tasks[0].Train[0].Path != want {
		t.Errorf("a relative path became %s, want %s", s.Tasks[0].Train[0].Path, want)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		says           []string // file, line and key are checked through these
	}{
		{"script share", "source: en", "source: en\ncorpus: {script_share: 1.5}", []string{"sweep.yaml:5: corpus.script_share: is 1.5: from 0 to 1"}},
		{"near duplicates", "source: en", "source: en\ncorpus: {near_duplicates: .nan}", []string{"corpus.near_duplicates: is NaN"}},
		{"short paragraphs", "source: en", "source: en\ncorpus: {min_chars: -1}", []string{"corpus.min_chars: is -1"}},
		{"unknown key", "source: en", "sauce: en", []string{"sweep.yaml:4: sauce: unknown key", "source"}},
		{"unknown nested key", "  mirror: http", "  miror: http", []string{"sweep.yaml:7: wikipedia.miror: unknown key", "mirror"}},
		{"unknown key in a list", "    epochs: 3", "    epoch: 3", []string{"sweep.yaml:17: tasks[0].epoch: unknown key"}},
		{"unknown key in a dataset", "{path: en.iob2, format: iob2}", "{path: en.iob2, form: iob2}", []string{"sweep.yaml:13", "tasks[0].train[0].form"}},
		{"wrong type", "    epochs: 3", "    epochs: many", []string{"sweep.yaml:17", "many"}},
		{"no YAML", "name: tiny", "name: [tiny", []string{"sweep.yaml"}},
		{"unknown language", "targets: [sw, qu]", "targets: [sw, swahili]", []string{"sweep.yaml:5: targets", `"swahili"`, "did you mean"}},
		{"target twice", "targets: [sw, qu]", "targets: [sw, sw]", []string{"sweep.yaml:5: targets: sw is named twice"}},
		{"source as target", "targets: [sw, qu]", "targets: [en, sw, qu]", []string{"sweep.yaml:5: targets: en is the source"}},
		{"no test data for a target", "      qu: [{path: sw.iob2, format: iob2}]\n", "", []string{"sweep.yaml:14: tasks[0].test", "target qu"}},
		{"test data for a stranger", "      qu: [", "      tr: [", []string{"tasks[0].test.tr", "neither the source nor a target"}},
		{"missing file", "path: en.iob2", "path: gone.iob2", []string{"tasks[0].train[0].path", "gone.iob2"}},
		{"unknown format", "{path: en.iob2, format: iob2}", "{path: en.iob2, format: parquet}", []string{"sweep.yaml:13: tasks[0].train[0].format", "parquet"}},
		{"labels without O", "labels: [O, B-PER", "labels: [B-PER", []string{"sweep.yaml:11: tasks[0].labels"}},
		{"half a class", "B-PER, I-PER]", "B-PER]", []string{"sweep.yaml:11: tasks[0].labels", "B-PER"}},
		{"unknown kind", "kind: ner", "kind: pos", []string{"sweep.yaml:10: tasks[0].kind", "pos"}},
		{"a source without adapter", "    kind: ner", "    kind: ner\n    source: tr", []string{"sweep.yaml:11: tasks[0].source", "cannot be trained"}},
		{"no model", "path: model", "path: nothing", []string{"sweep.yaml:3: model.path", "madx models import"}},
		{"bad name", "name: tiny", "name: Tiny Sweep", []string{"sweep.yaml:1: name"}},
		{"mirror", "http://127.0.0.1:1", "ftp://x", []string{"sweep.yaml:7: wikipedia.mirror"}},
		{"out of range", "source: en", "source: en\nlanguage: {lr: 3}", []string{"language.lr", "out of range"}},
		{"no length", "    epochs: 3\n", "", []string{"tasks[0].epochs", "is missing"}},
		{"empty", valid, "", []string{"sweep.yaml", "is empty"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(valid, c.old) {
				t.Fatalf("the valid file lacks %q", c.old)
			}
			_, err := ReadSweep(sweepFile(t, strings.Replace(valid, c.old, c.new, 1)), nil)
			var p Problem
			if !errors.As(err, &p) {
				t.Fatalf("no problem found: %v", err)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("lacks %q: %v", want, err)
				}
			}
		})
	}
}

func TestAllProblemsAreReportedTogether(t *testing.T) {
	_, err := ReadSweep(sweepFile(t, strings.NewReplacer("source: en", "source: xx", "format: iob2", "format: x").Replace(valid)), nil)
	if n := strings.Count(err.Error(), "\n") + 1; n < 4 {
		t.Errorf("%d problems: %v", n, err)
	}
}

func TestPrecedence(t *testing.T) {
	path := sweepFile(t, valid+"language: {steps: 10, batch: 4}\n")
	t.Setenv("MADX_LANGUAGE_STEPS", "20")
	t.Setenv("MADX_LANGUAGE_BATCH", "8")
	t.Setenv("MADX_TARGETS", "[sw]")
	s, err := ReadSweep(path, []string{"language.steps=30", "tasks=" + tasksOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	if s.Language.Steps != 30 || s.Language.Batch != 8 || len(s.Targets) != 1 {
		t.Errorf("steps %d (flag 30), batch %d (environment 8), targets %v", s.Language.Steps, s.Language.Batch, s.Targets)
	}
	for _, set := range []string{"language.step=1", "language.steps", "language.steps=x", "language=1"} {
		if _, err := ReadSweep(path, []string{set}); err == nil {
			t.Errorf("--set %s was taken", set)
		}
	}
}

// tasksOf is a task list in flow syntax, as --set takes it, for a sweep to sw alone.
func tasksOf(t *testing.T) string {
	f := filepath.Join(t.TempDir(), "x.iob2")
	if err := os.WriteFile(f, []byte("a\tO\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := "[{path: " + f + ", format: iob2}]"
	return "[{name: n, kind: ner, labels: [O, B-X, I-X], train: " + data + ", test: {sw: " + data + "}, epochs: 1, batch: 4, lr: 0.1, " +
		"schedule: linear, seq_len: 64, reduction: 16}]"
}

func TestAnAliasBombIsRefusedOrSmall(t *testing.T) {
	bomb := "name: x\ntargets: &a [sw]\n"
	prev := "a"
	for _, next := range []string{"b", "c", "d", "e", "f", "g", "h", "i"} {
		bomb += "k" + next + ": &" + next + " [" + strings.TrimSuffix(strings.Repeat("*"+prev+", ", 10), ", ") + "]\n"
		prev = next
	}
	if _, err := ReadSweep(sweepFile(t, bomb), nil); err == nil {
		t.Error("a file of nested aliases was taken")
	}
}

func FuzzReadSweep(f *testing.F) {
	f.Add(valid)
	f.Add("a: &a [*a]")
	f.Add("tasks: [[]]\nname: \x00")
	f.Add("tasks: [{test: {sw: {path: 1}}}]")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body string) {
		path := filepath.Join(dir, "s.yaml")
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := ReadSweep(path, nil); err == nil && s.Name == "" {
			t.Error("a sweep without a name was taken")
		}
	})
}

func TestFindStack(t *testing.T) {
	dir := t.TempDir()
	if _, err := FindStack(dir); !errors.Is(err, ErrNoStack) {
		t.Errorf("no file: %v", err)
	}
	ready := func(pid string) {
		body := `{"temporal":"127.0.0.1:7233","s3":"http://127.0.0.1:9","bucket":"madx","pid":` + pid + `}`
		if err := os.WriteFile(filepath.Join(dir, "ready.json"), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ready("999999999") // after a kill -9 the file is stale
	if _, err := FindStack(dir); !errors.Is(err, ErrNoStack) {
		t.Errorf("dead process: %v", err)
	}
	ready(strconv.Itoa(os.Getpid()))
	if s, err := FindStack(dir); err != nil || s.Bucket != "madx" {
		t.Errorf("live process: %+v, %v", s, err)
	}
}
