package loop

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/hub"
	"madx/trainer/schema"
	"madx/trainer/spec"
)

// What the spec's documentation says of absent keys is what they mean.
func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	documented := map[string]string{}
	for _, f := range schema.Fields(reflect.TypeFor[spec.Spec]()) {
		documented[f.Key] = f.Default
	}
	language, err := adapterConfig(spec.Adapter{}, true, 2)
	if err != nil {
		t.Fatal(err)
	}
	task, err := adapterConfig(spec.Adapter{}, false, 2)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"evaluate.batch":                fmt.Sprint(defaultEvalBatch),
		"evaluate.seq_len":              fmt.Sprintf("%d, qa %d", defaultEvalSeqLen, defaultAnswerSeqLen),
		"evaluate.n_best":               fmt.Sprint(defaultNBest),
		"evaluate.max_answer_tokens":    fmt.Sprint(defaultMaxAnswer),
		"evaluate.doc_stride_tokens":    fmt.Sprintf("%d, at most a third of seq_len", docStride(0, 1000)),
		"task.doc_stride_tokens":        fmt.Sprintf("%d, at most a third of seq_len", docStride(0, 1000)),
		"train.eval_rows":               fmt.Sprint(heldOutRows(&spec.Train{})),
		"train.keep_checkpoints":        fmt.Sprint(defaultKeepCheckpoints),
		"train.max_rollbacks":           fmt.Sprint(defaultMaxRollbacks),
		"train.mask_prob":               fmt.Sprint(defaultMaskProb),
		"language.reduction":            fmt.Sprintf("%v (language), %v (task)", language.Reduction, task.Reduction),
		"language.invertible":           language.InvAdapter + " (language), none (task)",
		"language.invertible_reduction": fmt.Sprint(language.InvReduction),
		"task.adapter.non_linearity":    task.NonLinearity,
		"language.non_linearity":        language.NonLinearity,
	} {
		if got, ok := documented[key]; !ok || got != want {
			t.Errorf("%s is documented as %q, it is %q", key, got, want)
		}
	}
	if docStride(0, 60) != 20 {
		t.Errorf("windows of rows of 60 tokens overlap by %d", docStride(0, 60))
	}
}

func TestAdapterConfig(t *testing.T) {
	settings := func(text string) (m map[string]json.RawMessage) {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	c, err := adapterConfig(spec.Adapter{LeaveOut: []int{1}, PerLayer: map[string]float64{"0": 4}, Reduction: 8, NonLinearity: "gelu", InvReduction: 3,
		Config: settings(`{"original_ln_before": false, "residual_before_ln": false, "ln_after": true, "scaling": "learned", "init_weights": "mam_adapter"}`)}, true, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := hub.DefaultAdapterConfig(8)
	want.LeaveOut, want.ReductionPerLayer, want.NonLinearity, want.InvAdapter, want.InvReduction = []int{1}, map[string]float64{"0": 4}, "gelu", "nice", 3
	want.OriginalLNBefore, want.ResidualBeforeLN, want.LNAfter, want.LearnedScaling, want.InitWeights = false, hub.ResidualAfter, true, true, "mam_adapter"
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, want %+v", c, want)
	}
	for text, a := range map[string]spec.Adapter{
		"config: adapter setting use_gating = true is not supported": {Config: settings(`{"use_gating": true}`)},
		"config: adapter setting dropout = 0.1 is not supported":     {Config: settings(`{"dropout": 0.1}`)},
		"config: adapter setting speed is not known":                 {Config: settings(`{"speed": 1}`)},
		"adapter setting non_linearity = mish is not supported":      {NonLinearity: "mish"},
		"leave_out[0]: is 2, the base model has layers 0 to 1":       {LeaveOut: []int{2}},
		"invertible_reduction: is given, but there is no invertible": {Invertible: "none", InvReduction: 2},
		"adapter setting reduction_factor = -1 is not supported":     {PerLayer: map[string]float64{"1": -1}},
	} {
		if _, err := adapterConfig(a, true, 2); err == nil || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("error %v, want %q", err, text)
		}
	}
}
