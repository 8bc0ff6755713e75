package loop

import (
	"madx/trainer/events"
	"madx/trainer/spec"
	"madx/trainer/stack"
)

// base is the loaded base model with its tokenizer.
type base struct{ *stack.Base }

// openBase loads the base model that a spec names, and the masked-LM head beside it where there is one.
func openBase(s *spec.Spec) (*base, error) {
	b, err := stack.Open(s.Model, s.Device)
	if err != nil {
		return nil, err
	}
	if s.Train != nil && s.Train.SeqLen > b.Model.MaxSeq() {
		b.Close()
		return nil, events.Errorf(events.CauseUsage, "train.seq_len: is %d, the base model has positions for %d tokens", s.Train.SeqLen, b.Model.MaxSeq())
	}
	return &base{b}, nil
}
