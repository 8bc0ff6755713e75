package workflows

import (
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// changeLook marks the histories that look before they train; those of earlier versions do not.
const changeLook = "look-before-training"

// look asks for what a stage would make. What is there must not stand in line for a device, behind trainings that take
// days. A look that fails is a miss: the training looks again, and knows what to do about a store that is away.
func look[R any](ctx workflow.Context, find any, stage string, in interface{ Key() (string, error) }) (out R, ok bool) {
	if workflow.GetVersion(ctx, changeLook, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return out, false
	}
	key, err := in.Key()
	if err != nil {
		return out, false
	}
	var found activities.Found[R]
	err = workflow.ExecuteActivity(looking(ctx), find, activities.Wanted{Stage: stage, Key: key}).Get(ctx, &found)
	return found.It, err == nil && found.There
}
