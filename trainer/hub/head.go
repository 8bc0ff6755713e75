package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// HeadType is the library's head_type.
type HeadType string

const (
	HeadTagging        HeadType = "tagging"
	HeadMultipleChoice HeadType = "multiple_choice"
	HeadQA             HeadType = "question_answering"
	HeadMaskedLM       HeadType = "masked_lm"
)

// HeadConfig describes a prediction head in the library's terms. A head is Layers linear layers, each after a dropout,
// with Activation between them; LinearIndex gives their place in the keys.
type HeadConfig struct {
	Type       HeadType
	Layers     int
	Activation string   // between the layers: "tanh", or "" for none; "gelu" for masked LM
	NumLabels  int      // tagging; 2 for QA (start, end)
	NumChoices int      // multiple choice
	Labels     []string // by id; nil for masked LM
	VocabSize  int      // masked LM
	Dropout    *float64 // while training; nil means the base model's hidden dropout
}

// LinearIndex is the number in a linear layer's keys, heads.{name}.{index}.{weight,bias}. Masked LM has its dense at 0, its
// LayerNorm at 2 and its output bias at 3 instead.
func (h HeadConfig) LinearIndex(layer int) int {
	if h.Activation == "" {
		return 1 + 2*layer
	}
	return 1 + 3*layer
}

// Outputs is the number of values the last layer gives.
func (h HeadConfig) Outputs() int {
	if h.Type == HeadMultipleChoice {
		return 1
	}
	return h.NumLabels
}

// HeadShapes lists the head's tensors without prefix.
func HeadShapes(h HeadConfig, hidden int) map[string][]int64 {
	d := int64(hidden)
	if h.Type == HeadMaskedLM {
		return map[string][]int64{
			"0.weight": {d, d}, "0.bias": {d}, "2.weight": {d}, "2.bias": {d}, "3.bias": {int64(h.VocabSize)},
		}
	}
	out := map[string][]int64{}
	for l := range h.Layers {
		n := d
		if l == h.Layers-1 {
			n = int64(h.Outputs())
		}
		i := h.LinearIndex(l)
		out[fmt.Sprintf("%d.weight", i)], out[fmt.Sprintf("%d.bias", i)] = []int64{n, d}, []int64{n}
	}
	return out
}

type headFile struct {
	Type       HeadType       `json:"head_type"`
	Layers     int            `json:"layers"`
	Activation *string        `json:"activation_function"`
	NumLabels  *int           `json:"num_labels"`
	NumChoices *int           `json:"num_choices"`
	Label2ID   map[string]int `json:"label2id"`
	Dropout    *float64       `json:"dropout_prob"`
	UsePooler  bool           `json:"use_pooler"`
	Bias       *bool          `json:"bias"`
	VocabSize  int            `json:"vocab_size"`
	Embedding  int            `json:"embedding_size"`
	LayerNorm  bool           `json:"layer_norm"`
	Shift      bool           `json:"shift_labels"`
}

// parseHead reads the "config" of head_config.json.
func parseHead(raw json.RawMessage, hidden int) (*HeadConfig, error) {
	var f headFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("head_config.json: %w", err)
	}
	h := &HeadConfig{
		Type: f.Type, Layers: f.Layers, Activation: strings.ToLower(or(f.Activation, "")), NumLabels: or(f.NumLabels, 0),
		NumChoices: or(f.NumChoices, 0), VocabSize: f.VocabSize, Dropout: f.Dropout,
	}
	refuse := func(key string, value any, supported string) error {
		return fmt.Errorf("head setting %s = %v is not supported for %s (supported: %s)", key, value, f.Type, supported)
	}
	switch {
	case f.UsePooler:
		return nil, refuse("use_pooler", true, "false")
	case f.Bias != nil && !*f.Bias:
		return nil, refuse("bias", false, "true")
	case f.Type == HeadMaskedLM && (!f.LayerNorm || f.Shift || f.Bias == nil):
		return nil, errors.New("a masked_lm head is supported with layer_norm true, bias true and shift_labels false only")
	case f.Type == HeadMaskedLM && f.Embedding != 0 && f.Embedding != hidden:
		return nil, refuse("embedding_size", f.Embedding, fmt.Sprint("the hidden size, ", hidden))
	}
	labels, err := labelsByID(f.Label2ID)
	if err != nil {
		return nil, err
	}
	h.Labels = labels
	return h, h.Validate()
}

// labelsByID turns {label: id} into a list; the ids must be 0, 1, 2 …
func labelsByID(m map[string]int) ([]string, error) {
	if m == nil {
		return nil, nil
	}
	out := make([]string, len(m))
	seen := make([]bool, len(m))
	for label, id := range m {
		if id < 0 || id >= len(m) || seen[id] {
			return nil, fmt.Errorf("head setting label2id does not number its %d labels from 0", len(m))
		}
		out[id], seen[id] = label, true
	}
	return out, nil
}

// Validate refuses heads that the trainer does not compute.
func (h HeadConfig) Validate() error {
	refuse := func(key string, value any, supported string) error {
		return fmt.Errorf("head setting %s = %v is not supported for %s (supported: %s)", key, value, h.Type, supported)
	}
	if h.Dropout != nil && !(*h.Dropout >= 0 && *h.Dropout < 1) {
		return refuse("dropout_prob", *h.Dropout, "0 up to 1")
	}
	switch h.Type {
	case HeadMaskedLM:
		switch {
		case h.Layers != 2:
			return refuse("layers", h.Layers, "2")
		case h.Activation != "gelu":
			return refuse("activation_function", h.Activation, "gelu")
		case h.VocabSize < 1 || h.VocabSize > maxDimension:
			return refuse("vocab_size", h.VocabSize, "the base model's")
		}
		return nil
	case HeadTagging, HeadQA, HeadMultipleChoice:
	default:
		return fmt.Errorf("head_type %q is not supported (supported: tagging, multiple_choice, question_answering, masked_lm)", h.Type)
	}
	labels := len(h.Labels)
	switch {
	case h.Layers < 1 || h.Layers > 2:
		return refuse("layers", h.Layers, "1, 2")
	case !slices.Contains([]string{"", "tanh"}, h.Activation):
		return refuse("activation_function", h.Activation, "tanh, null")
	case h.Type == HeadQA && h.NumLabels != 2:
		return refuse("num_labels", h.NumLabels, "2")
	case h.Type == HeadTagging && (h.NumLabels < 1 || h.NumLabels > maxDimension):
		return refuse("num_labels", h.NumLabels, "1 or more")
	case h.Type == HeadMultipleChoice && (h.NumChoices < 2 || h.NumChoices > maxDimension):
		return refuse("num_choices", h.NumChoices, "2 or more")
	case h.Type == HeadTagging && labels != 0 && labels != h.NumLabels:
		return refuse("label2id", fmt.Sprintf("%d labels", labels), fmt.Sprintf("as many as num_labels, %d", h.NumLabels))
	}
	return nil
}

// values is the head's configuration in the library's keys.
func (h HeadConfig) values(hidden int) map[string]any {
	v := map[string]any{"head_type": string(h.Type), "layers": h.Layers, "activation_function": nil, "label2id": nil}
	if h.Activation != "" {
		v["activation_function"] = h.Activation
	}
	labels := h.Labels
	if labels == nil && h.Type != HeadMaskedLM { // the library's default names
		for i := range max(h.NumLabels, h.NumChoices) {
			labels = append(labels, fmt.Sprintf("LABEL_%d", i))
		}
	}
	if labels != nil {
		ids := map[string]any{}
		for i, l := range labels {
			ids[l] = i
		}
		v["label2id"] = ids
	}
	if h.Type == HeadMaskedLM {
		v["bias"], v["layer_norm"], v["shift_labels"] = true, true, false
		v["vocab_size"], v["embedding_size"] = h.VocabSize, hidden
		return v
	}
	v["dropout_prob"] = nil
	if h.Dropout != nil {
		v["dropout_prob"] = math.Abs(*h.Dropout)
	}
	if h.Type == HeadMultipleChoice {
		v["num_choices"], v["use_pooler"] = h.NumChoices, false
	} else {
		v["num_labels"] = h.NumLabels
	}
	return v
}
