package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"madx/activities"
	"madx/infra/telemetry"
	"madx/workflows"
)

func TestWorkOf(t *testing.T) {
	for id, want := range map[string]telemetry.Work{
		workflows.SweepID("s"):                             {Sweep: "s", Stage: "sweep"},
		workflows.CorpusID("s", "sw"):                      {Sweep: "s", Stage: "corpus", Lang: "sw"},
		workflows.MLMHeadID("s"):                           {Sweep: "s", Stage: "mlm-head"},
		workflows.LanguageID("s", "sw"):                    {Sweep: "s", Stage: "language", Lang: "sw"},
		workflows.GoalID(workflows.LanguageID("s", "sw")):  {Sweep: "s", Stage: "language", Lang: "sw"},
		workflows.TaskID("s", "ner", false):                {Sweep: "s", Stage: "task", Task: "ner"},
		workflows.TaskID("s", "ner", true):                 {Sweep: "s", Stage: "task", Task: "ner"},
		workflows.StageID("s", "copa", false, 0):           {Sweep: "s", Stage: "task", Task: "copa"},
		workflows.ZeroShotID("s", "ner", "sw"):             {Sweep: "s", Stage: "zero-shot", Task: "ner", Lang: "sw"},
		"another program's":                                {},
		workflows.GoalID(workflows.TaskID("s", "n", true)): {Sweep: "s", Stage: "task", Task: "n"},
	} {
		if got := workOf(id); got != want {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
}

func TestCauseOfEnd(t *testing.T) {
	for want, err := range map[string]error{
		"done":                   nil,
		"cancelled":              fmt.Errorf("waiting: %w", context.Canceled),
		activities.TypePreempted: temporal.NewApplicationError("x", activities.TypePreempted),
		"other":                  errors.New("x"),
	} {
		if got := causeOfEnd(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestAttemptsAreCountedAndLogged(t *testing.T) {
	metrics, err := telemetry.NewMetrics("v")
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		&observer{metrics: metrics, log: slog.New(slog.NewTextHandler(&buf, nil)), device: "cuda:1"}}})
	var seen telemetry.Work
	train := func(ctx context.Context, fail bool) error {
		seen = telemetry.WorkOf(ctx)
		if fail {
			return temporal.NewApplicationError("the machine is wanted", activities.TypePreempted)
		}
		return nil
	}
	env.RegisterActivity(train)
	for _, fail := range []bool{false, true} {
		if _, err := env.ExecuteActivity(train, fail); (err != nil) != fail {
			t.Fatal(err)
		}
	}
	if seen.Device != "cuda:1" || seen.Attempt != 1 || seen.Activity == "" {
		t.Errorf("the activity sees %+v", seen)
	}
	log := buf.String()
	if !strings.Contains(log, `level=WARN msg="attempt failed"`) || !strings.Contains(log, "attempt=1 cause=Preempted") || !strings.Contains(log, "cause=done") {
		t.Error(log)
	}
	w := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, _ := io.ReadAll(w.Body)
	if text := string(body); !strings.Contains(text, `cause="Preempted"} 1`) || !strings.Contains(text, `cause="done"} 1`) {
		t.Error(text)
	}
}
