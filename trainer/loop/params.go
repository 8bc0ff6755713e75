package loop

import (
	"fmt"

	"madx/trainer/checkpoint"
	"madx/trainer/optim"
	"madx/trainer/spec"
	"madx/trainer/weights"
)

// adamW is the optimiser of every training.
type adamW struct {
	trained []optim.Param
	moments *optim.AdamW
	clip    float64
}

func newAdamW(trained []optim.Param, recipe *spec.Train) (*adamW, error) {
	o, err := optim.NewAdamW(trained, optim.Config{
		Beta1: recipe.Beta1, Beta2: recipe.Beta2, Eps: recipe.Eps, WeightDecay: recipe.WeightDecay, DecayAll: !recipe.NoDecayBiasNorm,
	})
	if err != nil {
		return nil, err
	}
	return &adamW{trained, o, recipe.ClipNorm}, nil
}

func (a *adamW) free() { a.moments.Free() }

func (a *adamW) clipGradNorm() (float64, error) { return optim.ClipGradNorm(a.trained, a.clip) }

func (a *adamW) step(lr float64) error { return a.moments.Step(lr) }

func (a *adamW) clear() { optim.ZeroGrad(a.trained) }

func (a *adamW) params() (weights.Map, error) {
	values, err := optim.Values(a.trained)
	if err != nil {
		return nil, err
	}
	return a.toMap(values), nil
}

func (a *adamW) setParams(m weights.Map) error {
	values, err := a.fromMap(m)
	if err != nil {
		return err
	}
	return optim.SetValues(a.trained, values)
}

func (a *adamW) snapshot() (checkpoint.Tensors, error) {
	params, err := a.params()
	if err != nil {
		return checkpoint.Tensors{}, err
	}
	st, err := a.moments.State()
	if err != nil {
		return checkpoint.Tensors{}, err
	}
	return checkpoint.Tensors{Params: params, First: a.toMap(st.M), Second: a.toMap(st.V)}, nil
}

// restore is the inverse of snapshot; steps is the number of optimiser steps made by then, on which Adam's bias
// correction depends.
func (a *adamW) restore(t checkpoint.Tensors, steps int) error {
	first, err := a.fromMap(t.First)
	if err != nil {
		return err
	}
	second, err := a.fromMap(t.Second)
	if err != nil {
		return err
	}
	if err := a.setParams(t.Params); err != nil {
		return err
	}
	return a.moments.SetState(optim.State{Steps: steps, M: first, V: second})
}

func (a *adamW) toMap(values map[string][]float32) weights.Map {
	m := make(weights.Map, len(values))
	for _, p := range a.trained {
		m[p.Name] = weights.FromFloat32s(p.Value.Shape(), values[p.Name])
	}
	return m
}

func (a *adamW) fromMap(m weights.Map) (map[string][]float32, error) {
	values := make(map[string][]float32, len(m))
	for name, t := range m {
		v, err := t.Float32s()
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		values[name] = v
	}
	return values, nil
}

// count returns the number of trained values.
func count(trained []optim.Param) int64 {
	var n int64
	for _, p := range trained {
		n += int64(p.Value.Len())
	}
	return n
}
