package loop

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"madx/trainer/events"
)

// reporter emits progress now and then. Nothing that is computed from the clock gets into an artifact.
type reporter struct {
	every int // steps between events; 0: about every two seconds

	last   time.Time
	steps  int
	tokens int
	busy   time.Duration
	loss   float64 // sum over steps
	pace   float64 // seconds per step, smoothed
}

const reportInterval = 2 * time.Second

func (r *reporter) step(out *events.Writer, step, total int, batch batchLoss, lr, norm float64, took time.Duration) {
	if r.last.IsZero() {
		r.last = time.Now().Add(-took)
	}
	r.steps++
	r.tokens += batch.tokens
	r.loss += batch.loss
	r.busy += took
	now := time.Now()
	due := now.Sub(r.last) >= reportInterval
	if r.every > 0 {
		due = step%r.every == 0
	}
	if !due && step < total {
		return
	}
	pace := now.Sub(r.last).Seconds() / float64(r.steps) // held-out losses and checkpoints included
	if r.pace == 0 {
		r.pace = pace
	}
	r.pace += 0.3 * (pace - r.pace)
	out.Emit(events.Event{
		Type: events.TypeProgress, Step: step, Total: total, Loss: r.loss / float64(r.steps), LR: lr, GradNorm: norm,
		TokensPerS: float64(r.tokens) / r.busy.Seconds(), ETASeconds: r.pace * float64(total-step), RSSBytes: residentBytes(),
	})
	*r = reporter{every: r.every, last: now, pace: r.pace}
}

// residentBytes is the memory this process holds, libtorch's included; 0 where the system does not say.
func residentBytes() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(data)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
