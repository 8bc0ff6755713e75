package ner

import (
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"madx/datasets/parquet/parquettest"
)

type numbered struct {
	Tokens []string `parquet:"tokens,list"`
	Tags   []int64  `parquet:"ner_tags,list"`
	Langs  []string `parquet:"langs,list"`
}

type named struct {
	Words  []string `parquet:"words,list"`
	Labels []string `parquet:"labels,list"`
}

const classes = `{"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-LOC", "I-LOC"]}}}}}`

func TestParquet(t *testing.T) {
	rows := []numbered{{Tokens: []string{"Anna", "in", "Paris"}, Tags: []int64{1, 0, 5}}, {}, {Tokens: []string{"a\x00b", " ", "c"}, Tags: []int64{0, 0, 2}}}
	for _, tt := range []struct{ name, format, path, want string }{
		{"WikiANN's numbers", "wikiann", parquettest.File(t, rows), "Anna/B-PER in/O Paris/B-LOC | ab/O c/B-PER"},
		{"numbers that the file names", "conll", parquettest.File(t, []numbered{{Tokens: []string{"Paris", "Nord"}, Tags: []int64{1, 2}}}, pq.KeyValueMetadata("huggingface", classes)), "Paris/B-LOC Nord/I-LOC"},
		{"tags by name, IOB1", "iob2", parquettest.File(t, []named{{[]string{"Anna", "Bell"}, []string{"I-PER", "I-PER"}}}), "Anna/B-PER Bell/I-PER"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, report, err := Read(tt.path, tt.format)
			if err != nil || show(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", show(got), err, tt.want)
			}
			if report.Sentences != len(got) || report.Tokens != strings.Count(tt.want, "/") {
				t.Errorf("report %+v", report)
			}
		})
	}
	for _, tt := range []struct{ name, format, path, want string }{
		{"numbers without names", "conll", parquettest.File(t, rows), "row 1: tags are numbers such as 1"},
		{"a number too large", "wikiann", parquettest.File(t, []numbered{{Tokens: []string{"a"}, Tags: []int64{7}}}), "row 1: tag 7 of 7"},
		{"lists of two lengths", "wikiann", parquettest.File(t, []numbered{{Tokens: []string{"a"}}}), "row 1: 1 words with 0 tags"},
		{"not a tag", "iob2", parquettest.File(t, []named{{[]string{"a"}, []string{"NOUN"}}}), `row 1: tag "NOUN"`},
		{"no sentences", "wikiann", parquettest.File(t, []numbered{{}}), "no sentences"},
		{"other columns", "wikiann", parquettest.File(t, []struct{ Text string }{{"a"}}), "no columns of words"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := Read(tt.path, tt.format); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "a.parquet") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
