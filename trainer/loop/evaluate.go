package loop

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"madx/trainer/batching"
	"madx/trainer/evaluate"
	"madx/trainer/events"
	"madx/trainer/features"
	"madx/trainer/hub"
	"madx/trainer/model"
	"madx/trainer/spec"
	"madx/trainer/stack"
)

// stackRow is one row of an evaluation: a way to stack the adapters.
type stackRow struct {
	name  string
	stack model.Composition
	head  *model.Head
}

// evaluator predicts with every row over the same encoded examples.
type evaluator struct {
	spec     *spec.Spec
	b        *base
	out      *events.Writer
	began    time.Time
	done     int // batches, over all rows
	batches  int
	tokens   int
	reported time.Time
}

// scorer is the data of an evaluation with the way from the head's scores to results.
type scorer interface {
	// rows are the encoded texts; group rows belong together (the choices of a question).
	rows() []features.Row
	group() int
	// take reads the scores of the rows with these indices, width values per token or choice.
	take(index []int, b model.Batch, scores []float32) error
	// result scores what was taken, and forgets it.
	result(name string) (evaluate.Row, error)
	baselines() map[string]float64
	examples() int
	metric() string
	predictions(path string) error
}

// runEvaluate scores a task adapter on a target language in up to three rows.
func runEvaluate(ctx context.Context, s *spec.Spec, b *base, out *events.Writer) error {
	e := s.Evaluate
	rows, err := b.stackRows(e)
	if err != nil {
		return events.WithCause(events.CauseBadInput, err)
	}
	sc, warnings, err := newScorer(b, s, rows[0].head)
	if err != nil {
		return events.WithCause(events.CauseBadInput, err)
	}
	v := &evaluator{spec: s, b: b, out: out, began: time.Now(), reported: time.Now()}
	lengths := make([]int, len(sc.rows())/sc.group())
	for i := range lengths {
		for k := range sc.group() {
			r := sc.rows()[i*sc.group()+k]
			lengths[i] = max(lengths[i], len(r.IDs))
		}
	}
	size := positive(e.Batch, defaultEvalBatch)
	plan := batching.ByLength(lengths, max(1, size/sc.group()))
	v.batches = len(plan) * len(rows)
	out.Emit(events.Event{Type: events.TypeStarted, Kind: string(s.Kind), Total: v.batches})
	for _, w := range warnings {
		out.Emit(events.Event{Type: events.TypeWarning, Message: w})
	}
	result := evaluate.Result{Task: string(e.Task), Lang: e.Lang, Metric: sc.metric(), Examples: sc.examples(), Baselines: sc.baselines()}
	metrics := map[string]float64{}
	err = publish(s.Out, func(dir string) error {
		for _, row := range rows {
			if err := v.predict(ctx, row, plan, sc); err != nil {
				return fmt.Errorf("row %s: %w", row.name, err)
			}
			if e.Keep {
				if err := sc.predictions(filepath.Join(dir, "predictions-"+row.name+".jsonl")); err != nil {
					return err
				}
			}
			scored, err := sc.result(row.name)
			if err != nil {
				return err
			}
			result.Rows = append(result.Rows, scored)
			metrics[row.name] = scored.Score
		}
		result.Tokens = v.tokens / len(rows)
		return evaluate.Write(filepath.Join(dir, "results.json"), result)
	})
	if err != nil {
		return err
	}
	for name, score := range result.Baselines {
		metrics["baseline."+name] = score
	}
	out.Emit(events.Event{Type: events.TypeDone, Kind: string(s.Kind), Step: v.done, Total: v.batches, Path: s.Out, Metrics: metrics,
		TokensPerS: float64(v.tokens) / time.Since(v.began).Seconds()})
	return nil
}

// predict runs one row over all batches.
func (v *evaluator) predict(ctx context.Context, row stackRow, plan [][]int, sc scorer) error {
	pad := v.b.Tok.Special().Pad
	for _, index := range plan {
		if ctx.Err() != nil {
			return events.Errorf(events.CausePreempted, "told to stop after %d of %d batches; an evaluation starts anew", v.done, v.batches)
		}
		var all rectangle
		var picked []int
		for _, i := range index {
			for k := range sc.group() {
				r := sc.rows()[i*sc.group()+k]
				all.add(r.IDs, r.Types, nil)
				picked = append(picked, i*sc.group()+k)
			}
		}
		b, _ := all.batch(pad)
		scores, err := v.b.Model.Logits(row.stack, row.head, b)
		if err != nil {
			return err
		}
		if err := sc.take(picked, b, scores); err != nil {
			return err
		}
		v.done++
		v.tokens += b.Tokens()
		v.progress()
	}
	return nil
}

func (v *evaluator) progress() {
	if time.Since(v.reported) < reportInterval {
		return
	}
	v.reported = time.Now()
	spent := time.Since(v.began).Seconds()
	v.out.Emit(events.Event{Type: events.TypeProgress, Step: v.done, Total: v.batches, TokensPerS: float64(v.tokens) / spent,
		ETASeconds: spent / float64(v.done) * float64(v.batches-v.done), RSSBytes: residentBytes()})
}

// stackRows loads the adapters and says how each row stacks them.
func (b *base) stackRows(e *spec.Evaluate) ([]stackRow, error) {
	var rows []stackRow
	add := func(name, key string, f stack.Folders) error {
		s, err := b.Load(f)
		if err == nil {
			err = checkHead(s.Task, e)
		}
		if err != nil {
			return fmt.Errorf("evaluate.%s: %w", key, err)
		}
		rows = append(rows, stackRow{name, s.Composition, s.Head})
		return nil
	}
	if e.Alone != "" {
		if err := add("task_alone", "task_adapter_alone", stack.Folders{Task: e.Alone}); err != nil {
			return nil, err
		}
	}
	if e.Adapter == "" {
		return rows, nil
	}
	if err := add("source_kept", "source_adapter", stack.Folders{Language: e.Source, Source: e.Source, Task: e.Adapter}); err != nil {
		return nil, err
	}
	if e.Target == "" {
		return rows, nil
	}
	err := add("target_swapped", "target_adapter", stack.Folders{Language: e.Target, Source: e.Source, Task: e.Adapter})
	return rows, err
}

// checkHead refuses a head of another task or for other labels.
func checkHead(task *hub.AdapterFiles, e *spec.Evaluate) error {
	if want := headTypes[e.Task]; task.Head.Type != want {
		return fmt.Errorf("task adapter %s has a head of type %s, task %s needs %s", task.Name, task.Head.Type, e.Task, want)
	}
	if e.Task != spec.TaskNER {
		return nil
	}
	if task.Head.NumLabels != len(e.Labels) {
		return fmt.Errorf("task adapter %s has a head for %d labels, evaluate.labels has %d", task.Name, task.Head.NumLabels, len(e.Labels))
	}
	for i, l := range task.Head.Labels {
		if l != e.Labels[i] {
			return fmt.Errorf("task adapter %s has label %d %q, evaluate.labels has %q", task.Name, i, l, e.Labels[i])
		}
	}
	return nil
}

var headTypes = map[spec.Task]hub.HeadType{
	spec.TaskNER: hub.HeadTagging, spec.TaskCCR: hub.HeadMultipleChoice, spec.TaskQA: hub.HeadQA,
}
