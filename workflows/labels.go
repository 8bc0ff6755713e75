package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Search attributes: what Temporal's UI and `madx sweep list` filter by. temporal-dev.yaml's stack registers them; on
// another cluster an administrator does. "Language" would be an SQL keyword in list queries, hence Lang.
var (
	AttrSweep     = temporal.NewSearchAttributeKeyKeyword("Sweep")
	AttrLang      = temporal.NewSearchAttributeKeyKeyword("Lang")
	AttrStage     = temporal.NewSearchAttributeKeyKeyword("Stage")
	AttrTask      = temporal.NewSearchAttributeKeyKeyword("Task")
	AttrBaseModel = temporal.NewSearchAttributeKeyKeyword("BaseModel")
	AttrOutcome   = temporal.NewSearchAttributeKeyKeyword("Outcome")
)

// Attributes are all of them: a workflow fails on a server that lacks one.
var Attributes = []temporal.SearchAttributeKeyKeyword{AttrSweep, AttrLang, AttrStage, AttrTask, AttrBaseModel, AttrOutcome}

// labels are one workflow's search attributes; empty ones are left out.
type labels struct{ Sweep, Lang, Stage, Task, Model, Outcome string }

func label(ctx workflow.Context, l labels) error {
	var set []temporal.SearchAttributeUpdate
	for _, kv := range []struct {
		key   temporal.SearchAttributeKeyKeyword
		value string
	}{{AttrSweep, l.Sweep}, {AttrLang, l.Lang}, {AttrStage, l.Stage}, {AttrTask, l.Task}, {AttrBaseModel, l.Model}, {AttrOutcome, l.Outcome}} {
		if kv.value != "" {
			set = append(set, kv.key.ValueSet(kv.value))
		}
	}
	return workflow.UpsertTypedSearchAttributes(ctx, set...)
}

// Outcomes of a stage, beside those of a sweep.
const outcomeFailed = "failed"

// labelled runs a stage between its labels.
func labelled[R any](ctx workflow.Context, l labels, run func() (R, error)) (R, error) {
	l.Outcome = OutcomeRunning
	if err := label(ctx, l); err != nil {
		var none R
		return none, err
	}
	r, err := run()
	outcome := OutcomeCompleted
	switch {
	case temporal.IsCanceledError(err):
		outcome = OutcomeCancelled
	case err != nil:
		outcome = outcomeFailed
	}
	workflow.SetCurrentDetails(ctx, stageEnd(outcome, r, err))
	if lerr := label(ctx, labels{Outcome: outcome}); err == nil {
		err = lerr
	}
	return r, err
}
