package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/sdk/activity"

	"madx/activities"
	"madx/infra/tracking"
	"madx/trainer/events"
	"madx/trainer/spec"
)

// tracked lets a tracker follow what a trainer tells. The trainer itself has no network and needs none.
type tracked struct {
	activities.Trainer
	tracker *tracking.Tracker
}

// Run implements activities.Trainer.
func (t *tracked) Run(ctx context.Context, specPath string, onEvent func(events.Event)) error {
	run := tracking.Run{Name: filepath.Base(filepath.Dir(specPath)), Params: recipe(specPath)}
	if activity.IsActivity(ctx) {
		info := activity.GetInfo(ctx)
		_, run.Name, _ = strings.Cut(info.WorkflowExecution.ID, "/") // without "sweep" or "stage"
		run.Attempt = int(info.Attempt)
	}
	f := t.tracker.Follow(run)
	err := t.Trainer.Run(ctx, specPath, func(e events.Event) {
		onEvent(e)
		f.Event(e)
	})
	told := err
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		told = fmt.Errorf("%w: %w", context.Canceled, err) // stopped with its worker: no fault of the training
	}
	f.End(told)
	return err
}

// recipe are the settings of a spec's training as texts; none where it cannot be read, which the trainer will say.
func recipe(specPath string) map[string]string {
	body, err := os.ReadFile(specPath)
	if err != nil {
		return nil
	}
	var sp spec.Spec
	if json.Unmarshal(body, &sp) != nil {
		return nil
	}
	out := map[string]string{"kind": string(sp.Kind), "seed": fmt.Sprint(sp.Seed), "precision": sp.Model.Precision}
	if sp.Train == nil {
		return out
	}
	train, err := json.Marshal(sp.Train)
	if err != nil {
		return out
	}
	var settings map[string]json.RawMessage
	if json.Unmarshal(train, &settings) != nil {
		return out
	}
	for k, v := range settings {
		out[k] = strings.Trim(string(v), `"`)
	}
	return out
}
