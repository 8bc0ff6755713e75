package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"madx/cmd/madx/internal/page"
	"madx/workflows"
)

// questionsAtOnce are asked of Temporal or the store: a sweep of a hundred languages has hundreds of steps, and each answer
// takes a way there and back.
const questionsAtOnce = 16

// readRuns asks Temporal when each step ran and how its attempts ended. What Temporal has forgotten is left out.
func readRuns(ctx context.Context, c client.Client, steps []workflows.Step) map[string]page.Run {
	var mu sync.Mutex
	out := map[string]page.Run{}
	var asking errgroup.Group
	asking.SetLimit(questionsAtOnce)
	for _, st := range steps {
		asking.Go(func() error {
			if run, err := readRun(ctx, c, st.ID); err == nil {
				mu.Lock()
				defer mu.Unlock()
				out[st.ID] = run
			}
			return nil
		})
	}
	_ = asking.Wait() // none fails
	return out
}

func readRun(ctx context.Context, c client.Client, id string) (page.Run, error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return page.Run{}, fmt.Errorf("no workflow %s: %w", id, err)
	}
	if err != nil {
		return page.Run{}, unreachable{err}
	}
	info := d.GetWorkflowExecutionInfo()
	run := page.Run{RunID: info.GetExecution().GetRunId(), Started: info.GetStartTime().AsTime()}
	if info.GetCloseTime() != nil {
		run.Closed = info.GetCloseTime().AsTime()
	}
	names := map[int64]string{} // of scheduled activities, by event
	events := c.GetWorkflowHistory(ctx, id, run.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return run, unreachable{err}
		}
		if s := e.GetActivityTaskScheduledEventAttributes(); s != nil {
			names[e.GetEventId()] = s.GetActivityType().GetName()
		}
		if s := e.GetActivityTaskStartedEventAttributes(); s != nil {
			run.Attempts = append(run.Attempts, attempt(e, s, names))
		}
	}
	for _, p := range d.GetPendingActivities() { // a running activity is not in the history yet
		run.Attempts = append(run.Attempts, page.Attempt{Activity: p.GetActivityType().GetName(), Number: p.GetAttempt(),
			Started: p.GetLastStartedTime().AsTime(), Worker: taker(p.GetLastWorkerIdentity()), Failure: firstLine(p.GetLastFailure().GetMessage())})
	}
	return run, nil
}

func attempt(e *history.HistoryEvent, s *history.ActivityTaskStartedEventAttributes, names map[int64]string) page.Attempt {
	return page.Attempt{Activity: names[s.GetScheduledEventId()], Number: s.GetAttempt(), Started: e.GetEventTime().AsTime(),
		Worker: taker(s.GetIdentity()), Failure: firstLine(s.GetLastFailure().GetMessage())}
}

// taker is who took a task: process and machine. What follows the last @ is empty in workers of several queues.
func taker(identity string) string { return strings.Trim(identity, " @") }
