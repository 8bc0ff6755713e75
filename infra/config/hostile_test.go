package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"madx/datasets/ccr"
	"madx/datasets/ner"
	"madx/datasets/qa"
	"madx/infra/integration/fixture"
)

// A few lines of aliases can stand for more keys than fit in any memory. None of these may take long.
func TestAliasesAreBounded(t *testing.T) {
	many := func(alias string) string { return strings.TrimSuffix(strings.Repeat(alias+", ", 50_000), ", ") }
	for name, body := range map[string]string{
		"tasks of datasets": "tasks: [&t {name: a, train: [&d {path: x, format: y}, " + many("*d") + "]}, " + many("*t") + "]",
		"test sets":         "tasks: [{name: a, test: {sw: &s [&d {path: x}, " + many("*d") + "], qu: *s}}]",
		"itself":            "tasks: &a [*a]",
		"itself in a map":   "wikipedia: {dates: &a {sw: *a}}",
		"itself, deeper":    "tasks: &a [{name: x, train: *a}]",
		"a section itself":  "language: &a {steps_by_language: *a}",
		"strings":           "targets: &a [" + many("sw") + "]",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadSweep(sweepFile(t, body), nil); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func TestHonestAliasesWork(t *testing.T) {
	body := strings.Replace(valid, "sw: [{path: sw.iob2, format: iob2}]\n      qu: [{path: sw.iob2, format: iob2}]",
		"sw: &same [{path: sw.iob2, format: iob2}]\n      qu: *same", 1)
	if body == valid {
		t.Fatal("nothing was replaced")
	}
	s, err := ReadSweep(sweepFile(t, body), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Tasks[0].Test["sw"], s.Tasks[0].Test["qu"]) {
		t.Errorf("test sets %v", s.Tasks[0].Test)
	}
}

// Where in the file a person has to look, to the line and the key.
func TestProblemsArePlaced(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"wrong type", strings.Replace(valid, "epochs: 3", "epochs: many", 1), "sweep.yaml:17: tasks[0].epochs: "},
		{"two wrong types", strings.NewReplacer("epochs: 3", "epochs: many", "targets: [sw, qu]", "targets: sw").Replace(valid),
			"sweep.yaml:5: targets: "},
		{"both are told", strings.NewReplacer("epochs: 3", "epochs: many", "targets: [sw, qu]", "targets: sw").Replace(valid),
			"sweep.yaml:17: tasks[0].epochs: "},
		{"a list for a section", strings.Replace(valid, "  path: model", "  [path]", 1), "sweep.yaml:3: model: "},
		{"a section for a number", valid + "seed: {a: 1}\n", "sweep.yaml:18: seed: "},
		{"a fraction of a step", valid + "language: {steps: 1.5}\n", "sweep.yaml:18: language.steps: "},
		{"a negative seed", valid + "seed: -1\n", "sweep.yaml:18: seed: "},
		{"an absent key, at its section", strings.Replace(valid, "    labels: [O, B-PER, I-PER]\n", "", 1), "sweep.yaml:9: tasks[0].labels: "},
		{"a key twice", valid + "seed: 1\nseed: 2\n", "sweep.yaml:19: "},
		{"no map", "- a\n- b\n", "sweep.yaml:1: "},
		{"no YAML", "name: 'x\n", "sweep.yaml:"},
		{"a second document", valid + "---\nname: other\n", "more than one document"},
		{"a null section", strings.Replace(valid, "model:\n  path: model", "model:", 1), "sweep.yaml:2: model.path: is missing"},
		{"a task's name with a dot", strings.Replace(valid, "name: ner", "name: n.er", 1), "sweep.yaml:9: tasks[0].name: "},
		{"a label twice", strings.Replace(valid, "I-PER]", "I-PER, B-PER]", 1), "sweep.yaml:11: tasks[0].labels: "},
		{"a non-linearity", valid + "language: {non_linearity: maxout}\n", "sweep.yaml:18: language.non_linearity: "},
		{"a layer before the first", valid + "language: {leave_out: [-1]}\n", "sweep.yaml:18: language.leave_out: "},
		{"steps of a stranger", valid + "language: {steps_by_language: {tr: 5}}\n", "sweep.yaml:18: language.steps_by_language.tr: "},
		{"a date", valid + "wikipedia_: 1\n", "sweep.yaml:18: wikipedia_: unknown key"},
		{"a task without a name", strings.Replace(valid, "  - name: ner\n    kind", "  - kind", 1), "tasks[0].name: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadSweep(sweepFile(t, tt.body), nil)
			var p Problem
			if !errors.As(err, &p) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nlacks %q", err, tt.want)
			}
		})
	}
}

func TestPathsFromOutsideAreRelativeToWhereTheyAreTyped(t *testing.T) {
	file := sweepFile(t, valid)
	t.Chdir(t.TempDir())
	if err := os.Mkdir("mine", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("mine/config.json", []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("mine")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := ReadSweep(file, []string{"model.path=mine"}); err != nil || s.Model.Path != want {
		t.Errorf("path %v, %v", s, err)
	}
	t.Setenv("MADX_MODEL_PATH", "mine")
	if s, err := ReadSweep(file, nil); err != nil || s.Model.Path != want {
		t.Errorf("path %v, %v", s, err)
	}
}

// A list of sections from a flag is read like one in the file.
func TestTasksFromOutside(t *testing.T) {
	file := sweepFile(t, valid)
	t.Chdir(filepath.Dir(file))
	data := "[{path: sw.iob2, format: iob2}]"
	task := "{name: n, kind: ner, labels: [O, B-X, I-X], train: " + data + ", test: {sw: " + data + ", qu: " + data + "}, epochs: 1%s}"
	s, err := ReadSweep(file, []string{"tasks=[" + fmt.Sprintf(task, "") + "]"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Tasks[0]; got.Reduction != 16 || got.Batch != 64 || got.Schedule != "linear" {
		t.Errorf("defaults are missing: %+v", got)
	}
	if _, err := ReadSweep(file, []string{"tasks=[" + fmt.Sprintf(task, ", rate: 1") + "]"}); err == nil || !strings.Contains(err.Error(), "tasks[0].rate: unknown key") {
		t.Errorf("error %v", err)
	}
}

// What a sweep file may name must be what the readers read.
func TestFormatsAreThoseOfTheReaders(t *testing.T) {
	for kind, known := range map[string][]string{"ner": ner.Formats, "ccr": ccr.Formats, "qa": qa.Formats} {
		a, b := slices.Clone(formats[kind]), slices.Clone(known)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the sweep file takes %v, the reader %v", kind, a, b)
		}
	}
}

// Every example is a sweep that only lacks what its comment says is given on the command line or put beside it.
func TestExamplesAreValid(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(fixture.Root(t), "examples", "*", "sweep*.yaml"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no example: %v", err)
	}
	model := t.TempDir()
	if err := os.WriteFile(filepath.Join(model, "config.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		s, err := ReadSweep(file, []string{"model.path=" + model})
		for _, problem := range problems(err) {
			if !strings.Contains(problem, ": no file ") {
				t.Error(problem)
			}
		}
		if s == nil {
			continue
		}
		for _, task := range s.Tasks {
			for lang := range task.Test {
				if lang != s.Source && !slices.Contains(s.Targets, lang) {
					t.Errorf("%s: %s is tested in %s", file, task.Name, lang)
				}
			}
		}
	}
}

// problems are the lines of a joined error.
func problems(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
