package worker

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"madx/infra/telemetry"
)

// observer names the work of every attempt in its context, counts it and says how it ended.
type observer struct {
	interceptor.WorkerInterceptorBase
	metrics *telemetry.Metrics
	log     *slog.Logger
	device  string // of a training worker
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (o *observer) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &observedActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, o}
}

type observedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	o *observer
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (a *observedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	w := workOf(info.WorkflowExecution.ID)
	w.Activity, w.Device, w.Attempt = info.ActivityType.Name, a.o.device, int(info.Attempt)
	ctx = telemetry.WithWork(ctx, w)
	log := telemetry.Logger(ctx, a.o.log)
	log.Info("attempt begins")
	a.o.metrics.AttemptBegan(w.Activity)
	began := time.Now()
	out, err := a.Next.ExecuteActivity(ctx, in)
	took, cause := time.Since(began), causeOfEnd(err)
	a.o.metrics.AttemptEnded(w.Activity, cause, took)
	log = log.With("cause", cause, "seconds", took.Round(time.Millisecond).Seconds())
	switch cause {
	case causeDone, causeCancelled:
		log.Info("attempt ended")
	default:
		log.Warn("attempt failed", "error", err)
	}
	return out, err
}

// How attempts end that do not fail.
const (
	causeDone      = "done"
	causeCancelled = "cancelled"
)

// causeOfEnd is "done", "cancelled" or the error's type (package activities).
func causeOfEnd(err error) string {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return causeDone
	case errors.As(err, &app):
		return app.Type()
	case errors.Is(err, context.Canceled) || temporal.IsCanceledError(err):
		return causeCancelled
	}
	return "other"
}

// workOf reads a workflow's id (workflows/ids.go): sweep/NAME/language/LANG, sweep/NAME/task/TASK/alone and so on; a
// stage that was started alone has the same names behind "stage/".
func workOf(id string) telemetry.Work {
	parts := strings.Split(id, "/")
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	if at(0) != "sweep" && at(0) != "stage" {
		return telemetry.Work{}
	}
	w := telemetry.Work{Sweep: at(1), Stage: at(2)}
	switch w.Stage {
	case "corpus", "language":
		w.Lang = at(3)
	case "task":
		w.Task = at(3)
	case "zero-shot":
		w.Task, w.Lang = at(3), at(4)
	case "":
		w.Stage = "sweep"
	}
	return w
}
