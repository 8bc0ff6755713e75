// Package checkpoint keeps the state of an unfinished training on disk, so that another process can go on from it to
// the same bytes. A checkpoint is a folder that appears by one rename, complete and flushed; its manifest holds the
// size and SHA-256 of every file, so a damaged one is found before it is used. The package knows neither how the
// state was computed nor libtorch.
package checkpoint

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"madx/infra/failpoint"
	"madx/trainer/weights"
)

// FormatVersion is of the files in a checkpoint folder.
const FormatVersion = 1

// State is everything a training knows besides its tensors.
type State struct {
	Format   int    `json:"format"`
	Identity string `json:"identity"` // digest of what determines the training; only the same one may resume
	Step     int    `json:"step"`     // optimiser steps made
	Total    int    `json:"total"`
	// Skipped counts the batches that roll-backs left out: step s trains on batch s+Skipped.
	Skipped   int `json:"skipped"`
	Rollbacks int `json:"rollbacks"`
	// Recent losses and the level at the start tell a loss spike from noise.
	Recent  []float64 `json:"recent"`
	Initial []float64 `json:"initial"`
	History []Point   `json:"history"`
	HeldOut []Point   `json:"held_out"`
	Best    *Point    `json:"best,omitempty"`  // of HeldOut; its parameters are in Checkpoint.Best where kept
	Stale   int       `json:"stale,omitempty"` // held-out losses since Best
	// AnchorStep is the step a roll-back returns to; its tensors are in Checkpoint.Anchor unless it is Step itself.
	AnchorStep int `json:"anchor_step"`
}

// Point is a loss at a step, in nats per scored token or example.
type Point struct {
	Step int     `json:"step"`
	Loss float64 `json:"loss"`
	// Metrics are what else was measured there, such as the loss of each language.
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

// Tensors are the trained parameters with the optimiser's moments, by the same names.
type Tensors struct {
	Params weights.Map
	First  weights.Map // exponential average of the gradient
	Second weights.Map // and of its square
}

// Checkpoint is the whole state of an unfinished training.
type Checkpoint struct {
	State  State
	Now    Tensors
	Best   weights.Map // parameters of State.Best; nil where not kept
	Anchor *Tensors    // of State.AnchorStep; nil where that is State.Step
}

const (
	stateFile    = "state.json"
	nowFile      = "training.safetensors"
	bestFile     = "best.safetensors"
	anchorFile   = "anchor.safetensors"
	manifestFile = "manifest.json"
)

// Name is the folder name of a step's checkpoint.
func Name(step int) string { return fmt.Sprintf("step-%08d", step) }

// Save writes a checkpoint below dir and returns its folder. When Save returns, the folder is on stable storage and
// its files have been read back; when it fails, no folder of that name has appeared or changed.
func Save(dir string, c Checkpoint) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder of checkpoints: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, ".tmp-")
	if err != nil {
		return "", fmt.Errorf("making a checkpoint: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	failpoint.Hit("trainer.checkpoint.begun")
	c.State.Format = FormatVersion
	if err := write(tmp, c); err != nil {
		return "", fmt.Errorf("writing the checkpoint of step %d in %s: %w", c.State.Step, dir, err)
	}
	final := filepath.Join(dir, Name(c.State.Step))
	failpoint.Hit("trainer.checkpoint.written")
	if err := publish(tmp, final); err != nil {
		return "", fmt.Errorf("putting the checkpoint of step %d in place: %w", c.State.Step, err)
	}
	return final, nil
}

func write(dir string, c Checkpoint) error {
	state, err := json.MarshalIndent(c.State, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, stateFile), append(state, '\n'), 0o644); err != nil {
		return err
	}
	names := []string{stateFile, nowFile}
	if err := weights.WriteSafetensors(filepath.Join(dir, nowFile), c.Now.flat(), nil); err != nil {
		return err
	}
	if c.Best != nil {
		names = append(names, bestFile)
		if err := weights.WriteSafetensors(filepath.Join(dir, bestFile), c.Best, nil); err != nil {
			return err
		}
	}
	if c.Anchor != nil {
		names = append(names, anchorFile)
		if err := weights.WriteSafetensors(filepath.Join(dir, anchorFile), c.Anchor.flat(), nil); err != nil {
			return err
		}
	}
	failpoint.Hit("trainer.checkpoint.no-manifest")
	if err := writeManifest(dir, names); err != nil {
		return err
	}
	return Verify(dir)
}

// Load reads a checkpoint after checking every file. The error of a damaged one wraps ErrDamaged, that of another
// training's ErrForeign.
func Load(dir, identity string) (*Checkpoint, error) {
	if err := Verify(dir); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, fmt.Errorf("reading checkpoint %s: %w", dir, err)
	}
	c := &Checkpoint{}
	if err := json.Unmarshal(data, &c.State); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %s: %w: %w", dir, stateFile, ErrDamaged, err)
	}
	if c.State.Format != FormatVersion {
		return nil, fmt.Errorf("checkpoint %s has format %d, this program reads %d: %w", dir, c.State.Format, FormatVersion, ErrForeign)
	}
	if c.State.Identity != identity {
		return nil, fmt.Errorf("checkpoint %s: %w: its inputs or recipe differ (%.12s, this run is %.12s); use another folder of checkpoints or start without resuming",
			dir, ErrForeign, c.State.Identity, identity)
	}
	if c.Now, err = readTensors(filepath.Join(dir, nowFile)); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, bestFile)); err == nil {
		if c.Best, err = weights.ReadSafetensors(filepath.Join(dir, bestFile)); err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", dir, err)
		}
	}
	if c.State.AnchorStep != c.State.Step {
		anchor, err := readTensors(filepath.Join(dir, anchorFile))
		if err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", dir, err)
		}
		c.Anchor = &anchor
	}
	return c, nil
}

const paramPrefix, firstPrefix, secondPrefix = "param/", "first/", "second/"

func (t Tensors) flat() weights.Map {
	m := weights.Map{}
	for prefix, part := range map[string]weights.Map{paramPrefix: t.Params, firstPrefix: t.First, secondPrefix: t.Second} {
		for name, tensor := range part {
			m[prefix+name] = tensor
		}
	}
	return m
}

func readTensors(path string) (Tensors, error) {
	m, err := weights.ReadSafetensors(path)
	if err != nil {
		return Tensors{}, err
	}
	t := Tensors{weights.Map{}, weights.Map{}, weights.Map{}}
	for key, tensor := range m {
		prefix, name, _ := strings.Cut(key, "/")
		switch prefix + "/" {
		case paramPrefix:
			t.Params[name] = tensor
		case firstPrefix:
			t.First[name] = tensor
		case secondPrefix:
			t.Second[name] = tensor
		default:
			return Tensors{}, fmt.Errorf("%s: unexpected tensor %q", path, key)
		}
	}
	return t, nil
}
