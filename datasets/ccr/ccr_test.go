package ccr

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/datasets/realdata"
)

func TestParse(t *testing.T) {
	copa := Example{ID: "7", Premise: "The glass fell.", Question: "effect", Choices: []string{"It broke.", "It sang."}, Label: 0}
	tests := []struct {
		name, format, in string
		want             Example
	}{
		{"COPA", "copa", `{"premise":"The glass fell.","choice1":"It broke.","choice2":"It sang.","question":"effect","label":0,"idx":7}`, copa},
		{"XCOPA", "xcopa", `{"premise":"The glass fell.","choice1":"It broke.","choice2":"It sang.","question":"effect","label":0,"idx":7,"changed":false}` + "\r\n\r\n", copa},
		{"labels as strings", "copa", "\uFEFF" + `{"premise":"The glass fell.","choice1":"It broke.","choice2":"It sang.","question":"effect","label":"0","idx":"7"}`, copa},
		{"SIQA", "siqa", `{"context":"Ann ate.","question":"Why?","answerA":"a","answerB":"b","answerC":"c","label":"3"}`,
			Example{ID: "1", Premise: "Ann ate.", Question: "Why?", Choices: []string{"a", "b", "c"}, Label: 2}},
		{"SIQA, context and question in one", "siqa", `{"context_question":"Ann ate. Why?","answerA":"a","answerB":"b","answerC":"c","label":1}`,
			Example{ID: "1", Premise: "Ann ate. Why?", Choices: []string{"a", "b", "c"}, Label: 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r, err := Parse(strings.NewReader(tt.in), "f", tt.format)
			if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], tt.want) || r.Examples != 1 || r.Labels[tt.want.Label] != 1 {
				t.Errorf("got %+v, %+v, %v", got, r, err)
			}
		})
	}
}

func TestErrorsNameFileAndLine(t *testing.T) {
	good := `{"premise":"p","choice1":"a","choice2":"b","question":"cause","label":1}` + "\n"
	tests := []struct{ name, format, in, want string }{
		{"not JSON", "copa", good + "{", "f:2: not a JSON object"},
		{"a list", "copa", "[]", "f:1:"},
		{"label out of range", "copa", `{"premise":"p","choice1":"a","choice2":"b","question":"cause","label":2}`, "f:1: label \"2\", want 0 to 1"},
		{"SIQA labels begin at 1", "siqa", `{"context":"c","question":"q","answerA":"a","answerB":"b","answerC":"c","label":0}`, "want 1 to 3"},
		{"question", "xcopa", `{"premise":"p","choice1":"a","choice2":"b","question":"why","label":1}`, "want cause or effect"},
		{"COPA read as SIQA", "siqa", good, "f:1: the premise is missing"},
		{"empty choice", "copa", `{"premise":"p","choice1":"a","choice2":" ","question":"cause","label":1}`, "choice 2"},
		{"label of a wrong kind", "copa", `{"premise":"p","choice1":"a","choice2":"b","question":"cause","label":{}}`, "f:1:"},
		{"only unlabelled", "copa", `{"premise":"p","choice1":"a","choice2":"b","question":"cause"}`, "1 without label"},
		{"format", "csv", "", "copa, xcopa, siqa"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Parse(strings.NewReader(tt.in), "f", tt.format)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLabelsInAFileBeside(t *testing.T) {
	dir := t.TempDir()
	row := `{"context":"c","question":"q","answerA":"a","answerB":"b","answerC":"c"}` + "\n"
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("train.jsonl", row+row)
	write("train-labels.lst", "2\n3\n")
	got, _, err := Read(path, "siqa")
	if err != nil || len(got) != 2 || got[0].Label != 1 || got[1].Label != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	write("train-labels.lst", "2\n")
	if _, _, err := Read(path, "siqa"); err == nil || !strings.Contains(err.Error(), "train.jsonl:2: the labels file ends after 1") {
		t.Errorf("too few labels: %v", err)
	}
}

func TestQuestionText(t *testing.T) {
	for question, want := range map[string]string{"cause": "What was the cause?", "effect": "What happened as a result?", "Why?": "Why?", "": ""} {
		if got := (Example{Question: question}).QuestionText(); got != want {
			t.Errorf("%q: %q", question, got)
		}
	}
}

// TestRealFiles compares the counts of every real file with those taken by other means (a few lines of Python).
func TestRealFiles(t *testing.T) {
	data := realdata.Dir(t)
	var paths []string
	for _, tt := range realFiles {
		paths = append(paths, tt.path)
	}
	realdata.Covered(t, "ccr", paths)
	for _, tt := range realFiles {
		t.Run(tt.path, func(t *testing.T) {
			got, r, err := Read(filepath.Join(data, tt.path), tt.format)
			if err != nil {
				t.Fatal(err)
			}
			have := realFile{tt.path, tt.format, len(got), fmt.Sprint(r.Labels), fmt.Sprint(r.Questions)}
			if have != tt {
				t.Errorf("\ngot  %#v\nwant %#v", have, tt)
			}
		})
	}
}

func FuzzJSONL(f *testing.F) {
	for i, seed := range []string{
		`{"premise":"p","choice1":"a","choice2":"b","question":"cause","label":1,"idx":0}`,
		`{"context":"c","question":"q","answerA":"a","answerB":"b","answerC":"c","label":"3"}`,
		`{"context_question":"c q?","answerA":"a","answerB":"b","answerC":"c","label":3}`,
		"\xef\xbb\xbf{}\r\n", "[[[[", `{"label":{}}`, "{\"premise\":\"\xff\x00\"}", `{"label":"1\n"}`, `{"idx":[]}`,
	} {
		f.Add(seed, uint8(i))
	}
	f.Fuzz(func(t *testing.T, data string, n uint8) {
		format := Formats[int(n)%len(Formats)]
		got, r, err := Parse(strings.NewReader(data), "f", format)
		if err != nil {
			return
		}
		if len(got) == 0 || r.Examples != len(got) {
			t.Fatalf("%d examples, %+v", len(got), r)
		}
		for _, e := range got {
			if e.Label < 0 || e.Label >= len(e.Choices) || e.Premise == "" || e.ID == "" {
				t.Fatalf("%+v", e)
			}
		}
	})
}
