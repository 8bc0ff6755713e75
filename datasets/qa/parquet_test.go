package qa

import (
	"reflect"
	"strings"
	"testing"

	"madx/datasets/parquet/parquettest"
)

type hubAnswers struct {
	Text  []string `parquet:"text,list"`
	Start []int32  `parquet:"answer_start,list"`
}

type hubRow struct {
	ID       string     `parquet:"id"`
	Title    string     `parquet:"title"`
	Context  string     `parquet:"context"`
	Question string     `parquet:"question"`
	Answers  hubAnswers `parquet:"answers"`
}

func TestParquet(t *testing.T) {
	rows := []hubRow{
		{"1", "River", "Größe: 12 km", "How long?", hubAnswers{[]string{"12 km", "12"}, []int32{7, 7}}},
		{"2", "River", "Größe: 12 km", "How wide?", hubAnswers{[]string{"12"}, []int32{8}}},
		{"3", "Lake", "Deep.", "How deep?", hubAnswers{}},
	}
	got, report, err := Read(parquettest.File(t, rows), "squad")
	want := Report{Articles: 2, Paragraphs: 2, Questions: 1, Answers: 2, WrongAnswers: 1, Unanswered: 1, Impossible: 1}
	if err != nil || report != want || len(got) != 1 || !reflect.DeepEqual(got[0].Answers, []Answer{{"12 km", 7}, {"12", 7}}) {
		t.Errorf("got %+v, %+v, %v", got, report, err)
	}
	if _, _, err := Read(parquettest.File(t, rows[2:]), "squad"); err == nil || !strings.Contains(err.Error(), "no questions with a right answer") {
		t.Errorf("nothing kept: %v", err)
	}
	if _, _, err := Read(parquettest.File(t, []struct{ Text string }{{"a"}}), "xquad"); err == nil || !strings.Contains(err.Error(), "row 1: no texts in the columns context and question") {
		t.Errorf("other columns: %v", err)
	}
	uneven := hubRow{ID: "7", Context: "c", Question: "q", Answers: hubAnswers{Text: []string{"c"}}}
	if _, _, err := Read(parquettest.File(t, []hubRow{uneven}), "squad"); err == nil || !strings.Contains(err.Error(), "question 7: 1 answers with 0 offsets") {
		t.Errorf("lists of two lengths: %v", err)
	}
}
