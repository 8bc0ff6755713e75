package metrics

import (
	"fmt"
	"maps"
	"slices"
)

// Accuracy is the share of predictions that equal their gold value.
func Accuracy[T comparable](gold, pred []T) (float64, error) {
	if len(gold) != len(pred) {
		return 0, fmt.Errorf("%d gold values and %d predicted ones", len(gold), len(pred))
	}
	right := 0
	for i := range gold {
		if gold[i] == pred[i] {
			right++
		}
	}
	return share(right, len(gold)), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
