package loop

import (
	"context"
	"fmt"
	"path/filepath"

	"madx/datasets/archive"
	"madx/trainer/batching"
	"madx/trainer/events"
	"madx/trainer/features"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/spec"
	"madx/trainer/stack"
)

// example is what counts as one in a batch: a sentence, a question with its choices, or a window of a context.
type example struct {
	rows       []features.Row
	labels     []int32 // ner: per token
	class      int32   // ccr: the right choice
	start, end int32   // qa: token positions of the answer
}

func (e example) tokens() int {
	n := 0
	for _, r := range e.rows {
		n = max(n, len(r.IDs))
	}
	return n
}

// taskJob trains a task adapter and its head on labelled examples.
type taskJob struct {
	spec    *spec.Spec
	model   *model.Model
	stack   model.Composition
	head    *model.Head
	pad     int32
	train   []example
	held    []example
	buckets *batching.Buckets
}

// runTask trains a task adapter on top of the source's frozen language adapter, or without one.
func runTask(ctx context.Context, s *spec.Spec, b *base, out *events.Writer) error {
	t := s.Task
	j := &taskJob{spec: s, model: b.Model, pad: b.Tok.Special().Pad}
	a := &assembly{inputs: map[string]string{}, madx: hub.Madx{Kind: "task", Task: string(t.Task)}}
	if err := j.read(b, a); err != nil {
		return events.WithCause(events.CauseBadInput, err)
	}
	if t.Source != "" {
		source, err := b.Load(stack.Folders{Language: t.Source})
		if err != nil {
			return events.WithCause(events.CauseBadInput, fmt.Errorf("task.source: %w", err))
		}
		files := source.Language
		if files.Name == t.Adapter.Name {
			return events.Errorf(events.CauseUsage, "task.adapter.name: is %q, which is the source adapter's name too: choose another", files.Name)
		}
		j.stack = source.Composition
		a.inputs["source_adapter"], a.madx.SourceDigest, a.madx.SourceConfig = files.Digest, files.Digest, files.Config.JSON()
	}
	cfg, err := adapterConfig(t.Adapter, false, b.Config.Layers)
	if err != nil {
		return events.WithCause(events.CauseUsage, fmt.Errorf("task.adapter.%w", err))
	}
	seed := subSeed(s.Seed, streamWeights)
	if t.From != "" {
		err = j.goOn(b, a, cfg)
	} else if j.stack.Task, err = b.Model.NewAdapter(t.Adapter.Name, cfg, seed); err != nil {
		err = events.WithCause(events.CauseUsage, fmt.Errorf("task.adapter: %w", err))
	}
	if err != nil {
		return err
	}
	if j.head == nil {
		if j.head, err = b.Model.NewHead(t.Adapter.Name, j.headConfig(), seed+1); err != nil {
			return err
		}
	}
	a.trained = append(j.stack.Task.Params(), j.head.Params()...)
	a.save = func(dir string, m *hub.Madx) error {
		tensors, err := j.stack.Task.Tensors()
		if err != nil {
			return err
		}
		files := b.adapterFiles(t.Adapter.Name, cfg, tensors, m)
		head := j.head.Config()
		files.Head = &head
		if files.HeadTensors, err = j.head.Tensors(); err != nil {
			return err
		}
		return hub.SaveAdapter(dir, files)
	}
	return train(ctx, s, b, j, a, out)
}

// read encodes the training and held-out data.
func (j *taskJob) read(b *base, a *assembly) (err error) {
	t := j.spec.Task
	read := func(key string, sets []spec.Dataset) (all []example, err error) {
		for i, set := range sets {
			examples, warnings, err := readExamples(b, t, set, j.spec.Train.SeqLen)
			if err != nil {
				return nil, fmt.Errorf("%s[%d]: %w", key, i, err)
			}
			file, _ := archive.Split(set.Path)
			sum, err := hub.DigestFile(file)
			if err != nil {
				return nil, err
			}
			a.inputs[fmt.Sprintf("%s[%d]", key, i)] = sum
			a.warnings = append(a.warnings, warnings...)
			all = append(all, examples...)
		}
		return all, nil
	}
	if j.train, err = read("task.train", t.Train); err != nil {
		return err
	}
	if len(j.train) == 0 {
		return fmt.Errorf("task.train: %s holds no examples", filepath.Base(t.Train[0].Path))
	}
	if j.held, err = read("task.held_out", t.HeldOut); err != nil {
		return err
	}
	for _, e := range append(j.train[:len(j.train):len(j.train)], j.held...) {
		if len(e.rows) != len(j.train[0].rows) {
			return fmt.Errorf("task: questions with %d and with %d choices: train on one kind at a time", len(j.train[0].rows), len(e.rows))
		}
	}
	lengths := make([]int, len(j.train))
	for i, e := range j.train {
		lengths[i] = e.tokens()
	}
	j.buckets = &batching.Buckets{Seed: subSeed(j.spec.Seed, streamOrder), Lengths: lengths, Batch: j.spec.Train.Batch}
	a.perEpoch = j.buckets.PerEpoch()
	return nil
}

func (j *taskJob) headConfig() hub.HeadConfig {
	t := j.spec.Task
	switch t.Task {
	case spec.TaskNER:
		return hub.HeadConfig{Type: hub.HeadTagging, NumLabels: len(t.Labels), Labels: t.Labels}
	case spec.TaskCCR:
		return hub.HeadConfig{Type: hub.HeadMultipleChoice, NumChoices: len(j.train[0].rows)}
	}
	return hub.HeadConfig{Type: hub.HeadQA, NumLabels: 2}
}

func (j *taskJob) accumulate(batch int) (batchLoss, error) {
	picked := j.buckets.Step(batch)
	examples := make([]example, len(picked))
	for i, r := range picked {
		examples[i] = j.train[r]
	}
	scale := 1 / float64(max(1, j.terms(examples)))
	var sum model.Loss
	tokens := 0
	for i, part := range chunks(examples, microBatch(j.spec.Train)) {
		drop := dropout(j.spec, batch, i)
		loss, n, err := j.loss(part, func(b model.Batch, l labels) (model.Loss, error) {
			switch j.spec.Task.Task {
			case spec.TaskNER:
				return j.model.TrainTagging(j.stack, j.head, b, l.tokens, scale, drop)
			case spec.TaskCCR:
				return j.model.TrainChoice(j.stack, j.head, b, l.classes, scale, drop)
			}
			return j.model.TrainSpans(j.stack, j.head, b, l.starts, l.ends, scale, drop)
		})
		if err != nil {
			return batchLoss{}, err
		}
		sum.Add(loss)
		tokens += n
	}
	return batchLoss{sum.Mean(), tokens}, nil
}

func (j *taskJob) heldOut(ctx context.Context) (heldOutScore, bool, error) {
	picked := spread(len(j.held), heldOutRows(j.spec.Train))
	if len(picked) == 0 {
		return heldOutScore{}, false, nil
	}
	lengths := make([]int, len(picked))
	for i, r := range picked {
		lengths[i] = j.held[r].tokens()
	}
	var sum model.Loss
	for _, index := range batching.ByLength(lengths, microBatch(j.spec.Train)) {
		if err := ctx.Err(); err != nil {
			return heldOutScore{}, false, err
		}
		examples := make([]example, len(index))
		for i, k := range index {
			examples[i] = j.held[picked[k]]
		}
		loss, _, err := j.loss(examples, func(b model.Batch, l labels) (model.Loss, error) {
			switch j.spec.Task.Task {
			case spec.TaskNER:
				return j.model.EvaluateTagging(j.stack, j.head, b, l.tokens)
			case spec.TaskCCR:
				return j.model.EvaluateChoice(j.stack, j.head, b, l.classes)
			}
			return j.model.EvaluateSpans(j.stack, j.head, b, l.starts, l.ends)
		})
		if err != nil {
			return heldOutScore{}, false, err
		}
		sum.Add(loss)
	}
	return heldOutScore{loss: sum.Mean()}, true, nil
}

// labels are those of a micro-batch, in the form each task wants them.
type labels struct {
	tokens       []int32
	classes      []int32
	starts, ends []int32
}

// loss lays examples out as a batch and hands it to f. It also returns the number of tokens.
func (j *taskJob) loss(examples []example, f func(model.Batch, labels) (model.Loss, error)) (model.Loss, int, error) {
	var rows rectangle
	var l labels
	for _, e := range examples {
		for _, r := range e.rows {
			rows.add(r.IDs, r.Types, e.labels)
		}
		l.classes = append(l.classes, e.class)
		l.starts, l.ends = append(l.starts, e.start), append(l.ends, e.end)
	}
	b, tokens := rows.batch(j.pad)
	l.tokens = tokens
	loss, err := f(b, l)
	return loss, b.Tokens(), err
}

// terms is the number of terms that the loss of a batch is the mean of.
func (j *taskJob) terms(examples []example) int {
	if j.spec.Task.Task != spec.TaskNER {
		return len(examples)
	}
	n := 0
	for _, e := range examples {
		for _, l := range e.labels {
			if l != model.Ignore {
				n++
			}
		}
	}
	return n
}
