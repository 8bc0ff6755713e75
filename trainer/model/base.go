package model

import (
	"errors"

	"madx/trainer/optim"
)

// base holds the frozen weights.
type base struct{}

func (m *Model) load(src Tensors) error { return errors.ErrUnsupported }

// BaseParams are all weights of the encoder, for full fine-tuning. They are trained in the precision they were loaded
// in, so load in Float32 for this.
func (m *Model) BaseParams() []optim.Param { return nil }
