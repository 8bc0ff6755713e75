package ccr

import (
	"strings"
	"testing"

	"madx/datasets/parquet/parquettest"
)

func TestParquet(t *testing.T) {
	type copa struct {
		Premise  string `parquet:"premise"`
		Choice1  string `parquet:"choice1"`
		Choice2  string `parquet:"choice2"`
		Question string `parquet:"question"`
		Label    int32  `parquet:"label"`
		Idx      int32  `parquet:"idx"`
		Changed  bool   `parquet:"changed"`
	}
	type siqa struct {
		Context  string `parquet:"context"`
		Question string `parquet:"question"`
		A        string `parquet:"answerA"`
		B        string `parquet:"answerB"`
		C        string `parquet:"answerC"`
		Label    string `parquet:"label"`
	}
	got, report, err := Read(parquettest.File(t, []copa{{"It rained.", "Wet.", "Dry.", "effect", 0, 17, false}, {"It rained.", "a", "b", "cause", -1, 18, true}}), "xcopa")
	if err != nil || len(got) != 1 || got[0].ID != "17" || got[0].Choices[1] != "Dry." || report.Unlabelled != 1 || report.Questions["effect"] != 1 {
		t.Errorf("COPA: %+v, %+v, %v", got, report, err)
	}
	got, report, err = Read(parquettest.File(t, []siqa{{"Kim ran.", "Why?", "a", "b", "c", "3"}}), "siqa")
	if err != nil || len(got) != 1 || got[0].Label != 2 || got[0].ID != "1" || report.Labels[2] != 1 {
		t.Errorf("SIQA: %+v, %+v, %v", got, report, err)
	}
	for _, tt := range []struct {
		row  copa
		want string
	}{
		{copa{"", "a", "b", "cause", 0, 1, false}, "a.parquet: row 1: the premise is missing"},
		{copa{"p", "a", "b", "cause", 2, 1, false}, "row 1: label"},
		{copa{"p", "a", "b", "cause", -1, 1, false}, "no labelled examples"},
	} {
		if _, _, err := Read(parquettest.File(t, []copa{tt.row}), "copa"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}
