package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Task queues by what a worker can do.
const (
	QueueCPU   = "madx-cpu"   // workflows, downloads, corpora, publishing
	QueueTrain = "madx-train" // trainings and evaluations: one slot a device
)

// heartbeatTimeout is several beats of package activities: short enough that a lost machine is noticed at once, long
// enough for a worker that is starved of CPU by its trainer.
const heartbeatTimeout = 30 * time.Second

// neverRetried are the causes that the same input meets every time.
var neverRetried = []string{activities.TypeBadInput, activities.TypeDiverged, activities.TypeOutOfMemory}

// light is for short store operations.
func light(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueCPU,
		StartToCloseTimeout: 5 * time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// data is for downloads and corpora: hours for the largest languages, back-off because the network or the mirror is
// what fails.
func data(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueCPU,
		Summary:             summary,
		StartToCloseTimeout: 48 * time.Hour,
		HeartbeatTimeout:    heartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute,
			MaximumAttempts: 12, NonRetryableErrorTypes: neverRetried},
	})
}

// training is for trainer processes: days long, retried at once and often, because on preemptible machines being killed
// is the normal case and costs only the steps since the last checkpoint.
func training(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueTrain,
		Summary:             summary,
		StartToCloseTimeout: 30 * 24 * time.Hour,
		HeartbeatTimeout:    heartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1.5, MaximumInterval: time.Minute,
			MaximumAttempts: 100, NonRetryableErrorTypes: neverRetried},
	})
}
