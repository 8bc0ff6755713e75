package worker

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/interceptor"
)

// idleWatch tells when no activity has run for a while: a worker that was started because work was waiting (a job of an
// autoscaler) ends by itself when there is none left, which no scaler can know without stopping a training.
type idleWatch struct {
	interceptor.WorkerInterceptorBase
	after time.Duration

	mu      sync.Mutex
	running int
	timer   *time.Timer
	idle    chan struct{}
}

func newIdleWatch(after time.Duration) *idleWatch {
	w := &idleWatch{after: after, idle: make(chan struct{})}
	w.timer = time.AfterFunc(after, w.expire)
	return w
}

// expire runs when the timer ends; an activity that began at that moment wins.
func (w *idleWatch) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running > 0 {
		return
	}
	select {
	case <-w.idle:
	default:
		close(w.idle)
	}
}

func (w *idleWatch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running++
	w.timer.Stop()
}

func (w *idleWatch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running--; w.running == 0 {
		w.timer.Reset(w.after)
	}
}

// InterceptActivity counts an activity while it runs.
func (w *idleWatch) InterceptActivity(ctx context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &countedActivity{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, watch: w}
}

type countedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	watch *idleWatch
}

func (c *countedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	c.watch.begin()
	defer c.watch.end()
	return c.Next.ExecuteActivity(ctx, in)
}
