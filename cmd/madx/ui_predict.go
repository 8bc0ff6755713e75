package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"madx/cmd/madx/internal/ui"
	"madx/trainer/predict"
)

// warmTime is how long a loaded stack waits for the next question before its memory is given back.
const warmTime = 5 * time.Minute

// warmPredictor keeps the process of the stack that was asked last. One question is answered at a time.
type warmPredictor struct {
	mu    sync.Mutex
	stack ui.Stack
	about string
	p     *predictor
	kill  context.CancelFunc
	cold  *time.Timer
}

// Predict answers with a stack's adapters, in a madx-trainer process.
func (u *uiSource) Predict(ctx context.Context, stack ui.Stack, query predict.Query) (predict.Answer, string, error) {
	body, err := json.Marshal(query)
	if err != nil {
		return predict.Answer{}, "", err
	}
	w := &u.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return predict.Answer{}, "", fmt.Errorf("others were asking, and this question has waited too long: %w", err)
	}
	if w.p == nil || w.stack != stack {
		if err := w.load(ctx, u, stack); err != nil {
			return predict.Answer{}, "", err
		}
	}
	w.cold.Stop()
	// The process is ended when the reader has gone: it reads one question after the other.
	stop := context.AfterFunc(ctx, w.kill)
	answer, err := w.p.ask(body)
	about := w.about
	if !stop() || err != nil {
		w.drop()
		return answer, about, err
	}
	w.cold.Reset(warmTime)
	return answer, about, nil
}

// load starts the process of another stack.
func (w *warmPredictor) load(ctx context.Context, u *uiSource, stack ui.Stack) error {
	w.drop()
	spec, about, err := u.app.resolve(ctx, stackFlags{task: stack.Task, lang: stack.Lang, sweep: stack.Sweep, device: u.device, threads: u.threads})
	if err != nil {
		return err
	}
	life, kill := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, kill)
	p, err := startPredictor(life, spec)
	if !stop() && err == nil {
		p.close()
		err = ctx.Err()
	}
	if err != nil {
		kill()
		return err
	}
	w.p, w.kill, w.stack, w.about = p, kill, stack, about
	w.cold = time.AfterFunc(warmTime, w.close)
	return nil
}

// close ends the process, if there is one.
func (w *warmPredictor) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
}

func (w *warmPredictor) drop() {
	if w.p == nil {
		return
	}
	w.cold.Stop()
	w.kill()
	w.p.close()
	w.p = nil
}
