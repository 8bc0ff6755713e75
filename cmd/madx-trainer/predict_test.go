package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"madx/trainer/predict"
)

// ask runs `madx-trainer predict` in a process of its own and returns its answers, the first line left out.
func ask(t *testing.T, f fixture, s predict.Spec, queries ...string) []predict.Answer {
	t.Helper()
	s.Model.Dir, s.Threads = f.path("base"), 1
	body, err := json.Marshal(s)
	f.must(t, err)
	f.must(t, os.WriteFile(f.path("predict.json"), body, 0o644))
	cmd := exec.Command(os.Args[0], "predict", f.path("predict.json"))
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	cmd.Stdin = strings.NewReader(strings.Join(queries, "\n"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var answers []predict.Answer
	lines := bufio.NewScanner(bytes.NewReader(out))
	for first := true; lines.Scan(); first = false {
		if first {
			continue
		}
		var a predict.Answer
		f.must(t, json.Unmarshal(lines.Bytes(), &a))
		answers = append(answers, a)
	}
	if len(answers) != len(queries) {
		t.Fatalf("%d answers to %d queries: %s", len(answers), len(queries), out)
	}
	return answers
}

func TestPredict(t *testing.T) {
	f := newFixture(t)
	succeed(t, "train-language", f.spec(t, "language", object{"language": object{"name": "src", "lang": "aa"}, "out": f.path("source")}))
	for _, task := range []string{"ner", "ccr", "qa"} {
		succeed(t, "train-task", f.spec(t, task, nil))
	}
	stack := predict.Spec{Language: f.path("source"), Source: f.path("source")}

	stack.Task, stack.Adapter = "ner", f.path("out-ner")
	long := strings.Repeat("ba ke. ", 200) // more than a row takes
	got := ask(t, f, stack, `{"id": 7, "text": "Bake ki, momu."}`, `{"words": ["ba", "ke"]}`, `{"text": "`+long+`"}`, `{}`, `no`)
	if string(got[0].ID) != "7" || len(got[0].Words) != 5 || len(got[0].Tags) != 5 {
		t.Errorf("ner: %+v", got[0])
	}
	if len(got[1].Tags) != 2 || len(got[2].Tags) != 600 {
		t.Errorf("ner: %d and %d tags", len(got[1].Tags), len(got[2].Tags))
	}
	if got[3].Error == "" || got[4].Error == "" {
		t.Errorf("wrong queries: %+v", got[3:])
	}

	stack.Task, stack.Adapter = "ccr", f.path("out-ccr")
	got = ask(t, f, stack, `{"premise": "ba ke", "question": "cause", "choice1": "ki", "choice2": "mo"}`, `{"premise": "ba", "choices": ["a", "b", "c"]}`)
	if got[0].Choice == nil || len(got[0].Scores) != 2 || !strings.Contains(got[1].Error, "3 choices") {
		t.Errorf("ccr: %+v", got)
	}

	stack.Task, stack.Adapter = "qa", f.path("out-qa")
	got = ask(t, f, stack, `{"question": "ba?", "context": "ke ki mo mu na ne"}`, `{"question": "ba?"}`)
	if a := got[0].Answer; a == nil || !strings.Contains("ke ki mo mu na ne", a.Text) || a.Text == "" || got[1].Error == "" {
		t.Errorf("qa: %+v", got)
	}

	got = ask(t, f, predict.Spec{Task: predict.FillMask, Language: f.path("source"), Top: 3}, `{"text": "ba <mask> ke [MASK]"}`, `{"text": "ba"}`)
	if m := got[0].Masks; len(m) != 2 || len(m[0].With) != 3 || len(m[1].Without) != 3 || got[1].Error == "" {
		t.Errorf("fill-mask: %+v", got)
	}
}
