// Package metrics scores predictions as the field's reference programs do: entity-level F1 as seqeval and conlleval
// count it, accuracy, exact match and F1 as SQuAD's and MLQA's official scripts compute them, and percentile
// bootstrap intervals with an explicit seed. Scores are shares from 0 to 1 (the scripts print percentages).
//
// It knows neither files nor models: labels and answers come in as text. testdata/golden.py made the golden numbers
// with seqeval 1.2.2 and the official formulas.
package metrics
