package evaluate

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func tagging() *Tagging {
	split := func(lines ...string) (all [][]string) {
		for _, l := range lines {
			all = append(all, strings.Fields(l))
		}
		return all
	}
	return &Tagging{
		Words:     split("Anna saw Bern", "he left", "New York"),
		Gold:      split("B-PER O B-LOC", "O O", "B-LOC I-LOC"),
		Predicted: split("B-PER O O", "O B-LOC", "B-LOC I-LOC"),
		Seed:      1,
	}
}

func TestTaggingRow(t *testing.T) {
	row, err := tagging().Row("source_kept")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "precision", row.Precision, 2.0/3)
	near(t, "recall", row.Recall, 2.0/3)
	near(t, "score", row.Score, 2.0/3)
	near(t, "F1 of PER", row.PerClass["PER"].F1, 1)
	near(t, "recall of LOC", row.PerClass["LOC"].Recall, 0.5)
	if row.N != 3 || row.Row != "source_kept" || row.Low > row.Score || row.High < row.Score || row.Low == row.High {
		t.Errorf("row %+v", row)
	}
	again, _ := tagging().Row("source_kept")
	if !reflect.DeepEqual(again, row) {
		t.Error("the same predictions score differently")
	}
}

func TestTaggingBaselines(t *testing.T) {
	g := tagging()
	if b := g.Baselines(); len(b) != 1 || b["all_o"] != 0 {
		t.Errorf("without training data: %v", b)
	}
	g.Learn(strings.Fields("Anna New York Anna Bern"), strings.Fields("B-PER B-LOC I-LOC O O"))
	// Anna is as often O as B-PER: the first by name, so B-PER; Bern is O.
	b := g.Baselines()
	near(t, "most frequent", b["most_frequent"], 2*1*(2.0/3)/(1+2.0/3))
}

func TestChoices(t *testing.T) {
	c := &Choices{IDs: []string{"a", "b", "c", "d"}, Gold: []int{0, 1, 1, 1}, Predicted: []int{0, 1, 0, 1}, Sizes: []int{2, 2, 2, 2},
		Relations: []string{"cause", "effect", "effect", "effect"}}
	row, err := c.Row("task_alone")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", row.Score, 0.75)
	near(t, "accuracy of effects", row.ByRelation["effect"].Score, 2.0/3)
	if row.ByRelation["cause"] != (Share{1, 1}) || row.ByRelation["effect"].N != 3 {
		t.Errorf("by relation %+v", row.ByRelation)
	}
	near(t, "guess", c.Baselines()["guess"], 0.5)
	near(t, "most frequent", c.Baselines()["most_frequent"], 0.75)
}

func TestAnswers(t *testing.T) {
	a := &Answers{IDs: []string{"a", "b", "c"}, Gold: [][]string{{"the red house"}, {"1990", "in 1990"}, {"ein Haus"}}, Spans: make([][]Span, 3), Lang: "de"}
	a.Add(0, 2, Span{"red", 4, 1})
	a.Add(0, 2, Span{"red house!", 4, 3})
	a.Add(0, 2, Span{"house", 8, 2})
	a.Add(1, 2, Span{"in May 1990", 0, -1})
	a.Add(2, 2, Span{"das Haus", 0, 5})
	row, err := a.Row("task_alone")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "exact match", *row.ExactMatch, 1.0/3)
	near(t, "F1", row.Score, (1+0.8+0.5)/3)
	near(t, "F1 as SQuAD", row.SQuAD.F1, row.Score)
	near(t, "F1 as MLQA", row.MLQA.F1, (0.8+0.8+1)/3) // "the" is no German article, "das" and "ein" are
	a.MLQA = true
	if row, err = a.Row("task_alone"); err != nil {
		t.Fatal(err)
	}
	near(t, "score by MLQA", row.Score, row.MLQA.F1)
	near(t, "exact match by MLQA", *row.ExactMatch, row.MLQA.ExactMatch)
}

func TestAnswersKeepTheBest(t *testing.T) {
	a := &Answers{Spans: make([][]Span, 1)}
	for _, s := range []Span{{"b", 1, 2}, {"a", 0, 3}, {"c", 2, 1}, {"c", 2, 4}, {"d", 3, 3}, {"a", 0, 2}} {
		a.Add(0, 3, s)
	}
	want := []Span{{"c", 2, 4}, {"a", 0, 3}, {"d", 3, 3}}
	if !reflect.DeepEqual(a.Spans[0], want) {
		t.Errorf("kept %v, want %v", a.Spans[0], want)
	}
}

func TestWrite(t *testing.T) {
	g := tagging()
	row, _ := g.Row("x")
	dir := t.TempDir()
	want := Result{Task: "ner", Lang: "de", Metric: "f1", Rows: []Row{row}, Baselines: g.Baselines(), Examples: 3, Tokens: 20}
	if err := Write(filepath.Join(dir, "results.json"), want); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v", got, err)
	}
	if err := g.WritePredictions(filepath.Join(dir, "p.jsonl")); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "p.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		var line struct{ Words, Gold, Predicted []string }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil || !reflect.DeepEqual(line.Gold, g.Gold[lines]) {
			t.Errorf("line %d: %s", lines, s.Text())
		}
	}
	if lines != 3 {
		t.Errorf("%d lines", lines)
	}
}
