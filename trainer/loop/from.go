package loop

import (
	"fmt"
	"slices"

	"madx/trainer/events"
	"madx/trainer/hub"
)

// goOn begins with the task adapter of an earlier training instead of fresh weights: MAD-X learns Social IQa, then COPA.
// The head goes along where it computes the same: choices are scored one by one, so their number may differ.
func (j *taskJob) goOn(b *base, a *assembly, cfg hub.AdapterConfig) error {
	t := j.spec.Task
	refuse := func(err error) error { return events.WithCause(events.CauseBadInput, fmt.Errorf("task.from: %w", err)) }
	files, err := hub.OpenAdapter(t.From)
	if err != nil {
		return refuse(err)
	}
	a.inputs["from"] = files.Digest
	if m := files.Madx; m != nil && (m.BaseDigest != b.Digest || m.SourceDigest != a.madx.SourceDigest) {
		return refuse(fmt.Errorf("adapter %s was trained on another base model or source language adapter than this run's", files.Name))
	}
	if diff := cfg.Differs(files.Config); diff != "" {
		return refuse(fmt.Errorf("adapter %s has another configuration than task.adapter (%s): train both with the same", files.Name, diff))
	}
	renamed := files.Renamed(t.Adapter.Name)
	if j.stack.Task, err = b.Model.LoadAdapter(&renamed); err != nil {
		return refuse(err)
	}
	want := j.headConfig()
	sameLabels := want.Type != hub.HeadTagging || renamed.Head != nil && slices.Equal(renamed.Head.Labels, want.Labels)
	if renamed.Head == nil || renamed.Head.Type != want.Type || !sameLabels {
		a.warnings = append(a.warnings, fmt.Sprintf("the head of %s is for something else: this training begins with a fresh one", files.Name))
		return nil
	}
	if j.head, err = b.Model.LoadHead(t.Adapter.Name, want, renamed.HeadTensors); err != nil {
		return refuse(err)
	}
	return nil
}
