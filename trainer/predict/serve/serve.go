// Package serve answers the queries of package predict with a loaded stack of adapters. It reads and writes lines and
// knows nothing of where its folders come from.
package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"madx/trainer/events"
	"madx/trainer/features"
	"madx/trainer/model"
	"madx/trainer/predict"
	"madx/trainer/spec"
	"madx/trainer/stack"
	"madx/trainer/tensor"
)

// maxQuery bounds one line of input, in bytes.
const maxQuery = 4 << 20

// server holds what every query needs.
type server struct {
	spec  *predict.Spec
	base  *stack.Base
	stack *stack.Stack
	enc   features.Encoder
}

// Run loads the stack, writes Ready and answers every line of in until it ends.
func Run(s *predict.Spec, in io.Reader, out io.Writer) error {
	return tensor.Pin(s.Threads, func() error {
		b, err := stack.Open(s.Model, s.Device)
		if err != nil {
			return events.WithCause(events.CauseBadInput, err)
		}
		defer b.Close()
		v := &server{spec: s, base: b}
		if err := v.load(); err != nil {
			return events.WithCause(events.CauseBadInput, err)
		}
		return v.loop(in, out)
	})
}

// defaultSeqLen bounds a row where the spec does not.
const defaultSeqLen = 384

func (v *server) load() error {
	n := v.spec.SeqLen
	if n == 0 {
		n = defaultSeqLen
	}
	v.enc = v.base.Encoder(n)
	if v.spec.Task == predict.FillMask {
		if v.base.Model.MLMHead() == nil {
			return fmt.Errorf("base model %s has no masked-LM head: name one in model.mlm_head", v.spec.Model.Dir)
		}
		if v.spec.Language == "" {
			return nil
		}
	}
	var err error
	v.stack, err = v.base.Load(stack.Folders{Language: v.spec.Language, Source: v.spec.Source, Task: v.spec.Adapter})
	if err != nil || v.stack.Task == nil {
		return err
	}
	if got := v.stack.Task.Head.Type; got != headTypes[v.spec.Task] {
		return fmt.Errorf("task adapter %s has a head of type %s, task %s needs %s", v.stack.Task.Name, got, v.spec.Task, headTypes[v.spec.Task])
	}
	return nil
}

func (v *server) loop(in io.Reader, out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	ready := predict.Ready{Ready: true}
	if v.spec.Task == spec.TaskNER {
		ready.Labels = v.stack.Task.Head.Labels
	}
	if v.spec.Task == spec.TaskCCR {
		ready.Number = v.stack.Head.Config().NumChoices
	}
	if err := enc.Encode(ready); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxQuery)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if err := enc.Encode(v.line(lines.Bytes())); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return events.Errorf(events.CauseUsage, "reading queries: %v", err)
	}
	return nil
}

// line answers one query; what is wrong with it is in the answer.
func (v *server) line(body []byte) predict.Answer {
	var q predict.Query
	if err := json.Unmarshal(body, &q); err != nil {
		return predict.Answer{Error: fmt.Sprintf("not a query: %v", err)}
	}
	var a predict.Answer
	var err error
	switch v.spec.Task {
	case spec.TaskNER:
		a, err = v.tag(q)
	case spec.TaskCCR:
		a, err = v.choose(q)
	case spec.TaskQA:
		a, err = v.answer(q)
	default:
		a, err = v.fill(q)
	}
	if err != nil {
		a = predict.Answer{Error: err.Error()}
	}
	a.ID = q.ID
	return a
}

// logits runs the task's head over rows.
func (v *server) logits(rows ...features.Row) ([]float32, model.Batch, error) {
	b := batch(rows, v.base.Tok.Special().Pad)
	scores, err := v.base.Model.Logits(v.stack.Composition, v.stack.Head, b)
	return scores, b, err
}

// batch pads rows to the longest.
func batch(rows []features.Row, pad int32) model.Batch {
	b := model.Batch{Rows: len(rows)}
	for _, r := range rows {
		b.Seq = max(b.Seq, len(r.IDs))
		b.Lengths = append(b.Lengths, len(r.IDs))
	}
	for _, r := range rows {
		for i := range b.Seq {
			id, kind := pad, int32(0)
			if i < len(r.IDs) {
				id = r.IDs[i]
				if r.Types != nil {
					kind = r.Types[i]
				}
			}
			b.IDs, b.Types = append(b.IDs, id), append(b.Types, kind)
		}
	}
	return b
}
