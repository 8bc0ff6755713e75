package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Task queues by what a worker can do.
const (
	QueueCPU   = "madx-cpu"   // workflows, downloads, corpora
	QueueLight = "madx-light" // publishing, looking and waiting: what must not stand in line behind a corpus
	QueueTrain = "madx-train" // trainings and evaluations: one slot a device
)

// heartbeatTimeout is several beats of package activities: short enough that a lost machine is noticed at once, long
// enough for a worker that is starved of CPU by its trainer.
const heartbeatTimeout = 30 * time.Second

// neverRetried are the causes that the same input meets every time. What follows each other cause, at once or after a
// pause, is said in activities.Policies.
var neverRetried = activities.NeverRetried()

// A sweep has so many children at once that all devices of a cluster have work and the server is not burdened; Temporal
// recommends not to have more than 500 pending ones. The others' turn comes when some have ended.
const (
	defaultParallel = 200
	maxParallel     = 500
)

// usualPriority is what Temporal takes no priority for, of 1 (first) to 5.
const usualPriority = 3

// light is for short store operations.
func light(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueLight,
		Summary:             "publish",
		StartToCloseTimeout: 5 * time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// looking is for a look into the store, which is short: one that takes long is left to whoever needs the answer.
func looking(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueLight,
		Summary:             "look into the store",
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
	})
}

// joining is for waiting until a workflow ends that somebody else started.
func joining(ctx workflow.Context, st *Step) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueLight,
		Summary:             "wait for " + st.title(),
		StartToCloseTimeout: 60 * 24 * time.Hour,
		HeartbeatTimeout:    time.Minute,
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
// is the normal case and costs only the steps since the last checkpoint. The pause after other causes stays
// short, too: attempts count up over days, and a machine lost for the tenth time is no reason to wait a minute. That a
// store is away is waited for within the attempt (objectstore.Waiting).
func training(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueTrain,
		Summary:             summary,
		StartToCloseTimeout: 30 * 24 * time.Hour,
		HeartbeatTimeout:    heartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1.5, MaximumInterval: 15 * time.Second,
			MaximumAttempts: 100, NonRetryableErrorTypes: neverRetried},
	})
}
