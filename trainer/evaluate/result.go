// Package evaluate turns predictions into the results of an evaluation: scores with bootstrap intervals, classes,
// baselines, and the file that holds them. It knows neither tensors nor how the predictions were made.
package evaluate

import (
	"encoding/json"
	"fmt"
	"os"

	"madx/datasets/metrics"
)

// Result is results.json, one evaluation of one task adapter on one target language.
type Result struct {
	Task      string             `json:"task" doc:"ner, ccr or qa"`
	Lang      string             `json:"lang" doc:"target language"`
	Metric    string             `json:"metric" doc:"of the rows' scores: f1 or accuracy"`
	Rows      []Row              `json:"rows" doc:"one per way to stack the adapters"`
	Baselines map[string]float64 `json:"baselines" doc:"ner: all_o, most_frequent; ccr: guess, most_frequent"`
	Examples  int                `json:"examples" doc:"sentences or questions"`
	Tokens    int                `json:"tokens" unit:"tokens" doc:"read per row, special tokens included"`
}

// Row is one way to stack the adapters. All numbers are between 0 and 1.
type Row struct {
	Row        string                   `json:"row" doc:"task_alone, source_kept or target_swapped"`
	Score      float64                  `json:"score" doc:"0 to 1"`
	Low        float64                  `json:"low" doc:"of the score's bootstrap 95% interval"`
	High       float64                  `json:"high" doc:"of the score's bootstrap 95% interval"`
	Precision  float64                  `json:"precision,omitempty" doc:"ner: of entities"`
	Recall     float64                  `json:"recall,omitempty" doc:"ner: of entities"`
	ExactMatch *float64                 `json:"exact_match,omitempty" doc:"qa: by the normalisation of the score"`
	SQuAD      *EMF1                    `json:"squad,omitempty" doc:"qa: both scores by SQuAD's normalisation"`
	MLQA       *EMF1                    `json:"mlqa,omitempty" doc:"qa: both scores by MLQA's normalisation of the language"`
	PerClass   map[string]metrics.Score `json:"per_class,omitempty" doc:"ner: by class of entity"`
	ByRelation map[string]Share         `json:"by_relation,omitempty" doc:"ccr: accuracy where the question is cause or effect"`
	N          int                      `json:"n" doc:"examples scored"`
}

// EMF1 is exact match and F1 over words, both means over the questions.
type EMF1 struct {
	ExactMatch float64 `json:"exact_match" doc:"0 to 1"`
	F1         float64 `json:"f1" doc:"0 to 1"`
}

// Share is a score over some of the examples.
type Share struct {
	Score float64 `json:"score" doc:"0 to 1"`
	N     int     `json:"n" doc:"examples scored"`
}

// Write writes results.json.
func Write(path string, r Result) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// level of the bootstrap's interval.
const level = 0.95

// samples of the bootstrap; 0 means 1000.
func samples(given int) int {
	if given == 0 {
		return 1000
	}
	return given
}
