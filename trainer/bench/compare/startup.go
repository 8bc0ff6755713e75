package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"madx/datasets/corpus"
	"madx/datasets/tokenizer"
	"madx/trainer/bench/figures"
	"madx/trainer/events"
	"madx/trainer/hub"
	"madx/trainer/random"
	"madx/trainer/spec"
	"madx/trainer/weights"
)

// startup times what a person waits for. What cannot be measured says why.
func (o options) startup(ctx context.Context) []figures.Startup {
	o.say("start-up")
	help := figures.Startup{What: "`madx --help`", Limit: 0.05}
	for range 20 {
		began := time.Now()
		if err := exec.CommandContext(ctx, o.madx, "--help").Run(); err != nil {
			help.Error = err.Error()
			break
		}
		help.Seconds = append(help.Seconds, time.Since(began).Seconds())
	}
	first := figures.Startup{What: "trainer, from its start to the end of the first step (small encoder, 12×384, batch 8 × 128)", Limit: 3}
	if err := o.firstStep(ctx, &first); err != nil {
		first.Error = err.Error()
	}
	for _, s := range []figures.Startup{help, first} {
		if s.Error != "" {
			o.say("  %s: %s", s.What, s.Error)
		} else {
			o.say("  %s: %.3f s", s.What, figures.SpreadOf(s.Seconds).Median)
		}
	}
	return []figures.Startup{help, first}
}

// firstStep trains a language adapter for one step, several times over.
func (o options) firstStep(ctx context.Context, s *figures.Startup) (err error) {
	if o.encoder == "" {
		return errors.New("no encoder was named")
	}
	dir, err := os.MkdirTemp("", "madx-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	job, err := o.prepare(dir)
	if err != nil {
		return err
	}
	for i := range 5 {
		job.Out = filepath.Join(dir, fmt.Sprint("out-", i))
		path := filepath.Join(dir, "spec.json")
		data, err := json.Marshal(job)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
		seconds, err := o.untilFirstStep(ctx, path)
		if err != nil {
			return err
		}
		s.Seconds = append(s.Seconds, seconds)
	}
	return nil
}

// prepare makes a corpus of invented sentences and a masked-LM head, which small encoders come without.
func (o options) prepare(dir string) (*spec.Spec, error) {
	tok, err := tokenizer.Load(o.encoder)
	if err != nil {
		return nil, err
	}
	special := tok.Special()
	b, err := corpus.NewBuilder(corpus.BuildOptions{
		Lang: "en", Dir: filepath.Join(dir, "corpus"), SeqLen: 128, Tok: tok,
		Special: corpus.Special{BOS: special.BOS, EOS: special.EOS, Pad: special.Pad},
	})
	if err != nil {
		return nil, err
	}
	rng := random.New(1)
	words := strings.Fields("the a of in river mountain village was is has built old new stone wooden bridge near between north south people of year century " +
		"which found called small large known as name after before church market road sea island king teacher wrote book music first second last")
	for i := range 400 {
		var text strings.Builder
		for range 120 {
			text.WriteString(words[rng.IntN(len(words))] + " ")
		}
		if err := b.Add(fmt.Sprint(i), text.String()); err != nil {
			b.Abort()
			return nil, err
		}
	}
	if _, err := b.Close(); err != nil {
		return nil, err
	}
	base, err := hub.OpenModel(o.encoder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = base.Close() }()
	job := &spec.Spec{
		Format: spec.FormatVersion, Kind: spec.KindLanguage, Seed: 1, Threads: o.threads,
		Model:    spec.Model{Dir: o.encoder, Precision: "bfloat16"},
		Corpora:  []spec.Corpus{{Lang: "en", Dir: filepath.Join(dir, "corpus")}},
		Language: &spec.Adapter{Name: "en", Lang: "en"},
		Train:    &spec.Train{Steps: 1, Batch: 8, SeqLen: 128, LR: 1e-4, ClipNorm: 1, Dropout: 0.1, LogEvery: 1, EvalRows: 1},
	}
	if base.HasMLMHead {
		return job, nil
	}
	digest, err := base.Digest()
	if err != nil {
		return nil, err
	}
	job.Model.MLMHead = filepath.Join(dir, "head")
	head := hub.MLMHead{Tensors: weights.Map{}, Madx: &hub.Madx{Format: 1, Kind: "mlm-head", Languages: []string{"en"}, BaseDigest: digest}}
	for name, shape := range hub.MLMHeadShapes(base.Config) {
		n := int64(1)
		for _, d := range shape {
			n *= d
		}
		head.Tensors[name] = weights.FromFloat32s(shape, slices.Repeat([]float32{0.01}, int(n)))
	}
	return job, hub.SaveMLMHead(job.Model.MLMHead, base.Config, head)
}

// untilFirstStep runs a spec and times its first progress event.
func (o options) untilFirstStep(ctx context.Context, path string) (float64, error) {
	cmd := exec.CommandContext(ctx, o.trainer, "run", path)
	var told tail
	cmd.Stderr = &told
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	seconds := 0.0
	d := json.NewDecoder(out)
	for {
		var e events.Event
		if err := d.Decode(&e); err != nil {
			if !errors.Is(err, io.EOF) {
				told.text = append(told.text, err.Error()...)
			}
			break
		}
		if e.Type == events.TypeProgress && seconds == 0 {
			seconds = time.Since(began).Seconds()
		}
	}
	if err := cmd.Wait(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, told.String())
	}
	if seconds == 0 {
		return 0, errors.New("the trainer reported no step")
	}
	return seconds, nil
}
