package hub

import (
	"fmt"
	"strings"

	"madx/trainer/weights"
)

// A folder saved from a model with a fixed head (…ForMaskedLM and the like, what the library's example scripts use) has
// no head configuration, and Hugging Face's names in its head file. It is read as the flexible head that the library
// itself converts it to.

// staticHead gives the configuration for the class that head_config.json names and renames the tensors in place.
func staticHead(f adapterFile, name string, tensors weights.Map) (*HeadConfig, error) {
	class := f.ModelClass
	labels, err := labelsByID(f.Label2ID)
	if err != nil {
		return nil, err
	}
	vocab := 0
	for _, key := range []string{"lm_head.bias", "lm_head.decoder.bias", "cls.predictions.bias", "cls.predictions.decoder.bias"} {
		if t, ok := tensors[key]; ok && len(t.Shape) == 1 {
			vocab = int(t.Shape[0])
		}
	}
	var h HeadConfig
	var from map[string]string
	switch {
	case strings.HasSuffix(class, "ForMaskedLM"):
		h = HeadConfig{Type: HeadMaskedLM, Layers: 2, Activation: "gelu", VocabSize: vocab}
		from = map[string]string{
			"lm_head.dense": "0", "lm_head.layer_norm": "2", "lm_head.decoder": "3",
			"cls.predictions.transform.dense": "0", "cls.predictions.transform.LayerNorm": "2", "cls.predictions.decoder": "3",
		}
	case strings.HasSuffix(class, "ForTokenClassification"):
		h, from = HeadConfig{Type: HeadTagging, Layers: 1, NumLabels: max(f.NumLabels, len(labels)), Labels: labels}, map[string]string{"classifier": "1"}
	case strings.HasSuffix(class, "ForQuestionAnswering"):
		h, from = HeadConfig{Type: HeadQA, Layers: 1, NumLabels: 2}, map[string]string{"qa_outputs": "1"}
	default:
		return nil, fmt.Errorf("the head of a %q is not supported (supported: …ForMaskedLM, …ForTokenClassification, …ForQuestionAnswering and the library's flexible heads)", class)
	}
	for _, key := range tensors.Names() {
		t := tensors[key]
		delete(tensors, key)
		switch key {
		case "lm_head.bias", "cls.predictions.bias": // the decoder's bias under its first name
			tensors[HeadPrefix(name)+"3.bias"] = t
			continue
		}
		dot := strings.LastIndexByte(key, '.')
		to, ok := from[key[:max(dot, 0)]]
		if !ok {
			return nil, fmt.Errorf("head tensor %q is unexpected in a %s", key, class)
		}
		tensors[HeadPrefix(name)+to+key[dot:]] = t
	}
	return &h, h.Validate()
}
