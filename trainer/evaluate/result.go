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
	Task      string             `json:"task"`
	Lang      string             `json:"lang"`
	Metric    string             `json:"metric"` // of Row.Score: "f1" or "accuracy"
	Rows      []Row              `json:"rows"`
	Baselines map[string]float64 `json:"baselines"`
	Examples  int                `json:"examples"`
	Tokens    int                `json:"tokens"` // read per row, special tokens included
}

// Row is one way to stack the adapters. All numbers are between 0 and 1.
type Row struct {
	Row       string  `json:"row"` // "task_alone", "source_kept" or "target_swapped"
	Score     float64 `json:"score"`
	Low       float64 `json:"low"` // bootstrap 95% interval of Score
	High      float64 `json:"high"`
	Precision float64 `json:"precision,omitempty"`
	Recall    float64 `json:"recall,omitempty"`
	// Question answering: exact match, and both scores by MLQA's normalisation of the language.
	ExactMatch *float64                 `json:"exact_match,omitempty"`
	MLQA       *EMF1                    `json:"mlqa,omitempty"`
	PerClass   map[string]metrics.Score `json:"per_class,omitempty"`
	N          int                      `json:"n"` // examples scored
}

// EMF1 is exact match and F1 over words, both means over the questions.
type EMF1 struct {
	ExactMatch float64 `json:"exact_match"`
	F1         float64 `json:"f1"`
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
