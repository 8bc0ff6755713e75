package qa

import (
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"madx/datasets/realdata"
)

const small = `{"version": "1.1", "extra": {"a": [1, {"b": null}]}, "data": [{"title": "T", "paragraphs": [
 {"qas": [{"id": "q1", "question": "Where?", "answers": [{"text": "Zürich", "answer_start": 8}, {"text": "Zürich", "answer_start": 9}]},
          {"id": "q2", "question": "What?", "answers": [{"text": "nothing", "answer_start": 0}]},
          {"id": "q3", "question": "Never?", "is_impossible": true, "answers": []},
          {"id": "q4", "question": "Who?", "answers": [{"text": "😀 Ann", "answer_start": 0}, {"text": " ", "answer_start": 1}]}],
  "context": "😀 Ann, Zürich"}]}]}`

func TestParse(t *testing.T) {
	for name, in := range map[string]string{"plain": small, "byte order mark": "\uFEFF" + small, "CRLF": strings.ReplaceAll(small, "\n", "\r\n")} {
		t.Run(name, func(t *testing.T) {
			got, r, err := Parse(strings.NewReader(in), "f")
			// Zürich stands at rune 7: both offsets of q1 are wrong, as is q2's.
			want := []Example{{"q4", "😀 Ann, Zürich", "Who?", []Answer{{"😀 Ann", 0}}}}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v", got, err)
			}
			if (r != Report{Articles: 1, Paragraphs: 1, Questions: 1, Answers: 1, WrongAnswers: 4, Unanswered: 2, Impossible: 1}) {
				t.Errorf("report %+v", r)
			}
		})
	}
	right := strings.Replace(small, `"answer_start": 8`, `"answer_start": 7`, 1)
	if got, _, err := Parse(strings.NewReader(right), "f"); err != nil || len(got) != 2 || got[0].Answers[0] != (Answer{"Zürich", 7}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	deep := `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"data":[]}`
	tests := []struct{ name, in, want string }{
		{"empty", "", "unexpected EOF"},
		{"truncated", small[:len(small)/2], "at byte"},
		{"not an object", "[1]", "want an object"},
		{"data is no list", `{"data": 5}`, "want a list"},
		{"no context", `{"data":[{"paragraphs":[{"qas":[]}]}]}`, `without "context"`},
		{"wrong kind", `{"data":[{"paragraphs":[{"context":5}]}]}`, "at byte"},
		{"no questions", `{"data":[{"paragraphs":[{"context":"c","qas":[]}]}]}`, "no questions with a right answer"},
		{"too deep", deep, "deeper"},
		{"trailing", small + "{}", "something follows"},
		{"too deep inside a paragraph", `{"data":[{"paragraphs":[` + strings.Repeat("[", 20000), "at byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Parse(strings.NewReader(tt.in), "f")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "f: ") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// endless is JSON that begins a paragraph and never ends it.
type endless struct{ begun bool }

func (e *endless) Read(p []byte) (int, error) {
	if !e.begun {
		e.begun = true
		return copy(p, `{"data":[{"paragraphs":[{"context":"`), nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestEndlessValue(t *testing.T) {
	if _, _, err := Parse(io.Reader(&endless{}), "f"); err == nil || !strings.Contains(err.Error(), "one value of more than") {
		t.Errorf("got %v", err)
	}
}

func TestFormat(t *testing.T) {
	if _, _, err := Read("f", "csv"); err == nil || !strings.Contains(err.Error(), "squad, xquad, mlqa") {
		t.Errorf("got %v", err)
	}
}

// TestRealFiles compares the counts of every real file with those taken by other means (a few lines of Python).
func TestRealFiles(t *testing.T) {
	data := realdata.Dir(t)
	realdata.Covered(t, "qa", slices.Collect(maps.Keys(realFiles)))
	for path, want := range realFiles {
		t.Run(path, func(t *testing.T) {
			got, r, err := Read(filepath.Join(data, path), "squad")
			if err != nil {
				t.Fatal(err)
			}
			if r != want || len(got) != want.Questions {
				t.Errorf("\ngot  %+v\nwant %+v", r, want)
			}
		})
	}
}

func FuzzSQuAD(f *testing.F) {
	for _, seed := range []string{
		small, "{}", `{"data":[]}`, `{"data":[{"paragraphs":[{"context":"ab","qas":[{"id":"1","question":"q","answers":[{"text":"b","answer_start":1}]}]}]}]}`,
		"\xef\xbb\xbf{", `{"data":[{"paragraphs":[{"context":"\ud800x","qas":[{"answers":[{"text":"x","answer_start":1}]}]}]}]}`,
		`{"data":[{"paragraphs":[{"context":"a","qas":[{"answers":[{"text":"a","answer_start":-1}]}]}]}]}`, `{"x":[[[[[[]]]]]]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		got, r, err := Parse(strings.NewReader(data), "f")
		if err != nil {
			return
		}
		if r.Questions != len(got) {
			t.Fatalf("%d questions, %+v", len(got), r)
		}
		for _, e := range got {
			for _, a := range e.Answers {
				runes := []rune(e.Context)
				if string(runes[a.Start:a.Start+utf8.RuneCountInString(a.Text)]) != a.Text {
					t.Fatalf("%q is not at %d of %q", a.Text, a.Start, e.Context)
				}
			}
		}
	})
}
