package workflows

import (
	"strings"
	"testing"

	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"madx/activities"
)

// metadata is what Temporal's UI asks a workflow for.
func metadata(t *testing.T, env *testsuite.TestWorkflowEnvironment) *sdkpb.WorkflowMetadata {
	t.Helper()
	value, err := env.QueryWorkflow("__temporal_workflow_metadata")
	if err != nil {
		t.Fatal(err)
	}
	m := &sdkpb.WorkflowMetadata{}
	if err := value.Get(m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Who looks at a sweep in Temporal's UI sees how it ended, and how it could be changed.
func TestASweepExplainsItself(t *testing.T) {
	f := newFakes()
	f.fail = failing("TrainLanguage sw")
	env := newEnv(t, f)
	env.ExecuteWorkflow(LanguageSweep, params())
	m := metadata(t, env)
	for _, want := range []string{"**completed with failures**: ", "1 failed", "| language |  | sw | failed |", "| language |  | de | done | 10 steps, 1000 tokens/s, loss 2.500"} {
		if !strings.Contains(m.GetCurrentDetails(), want) {
			t.Errorf("no %q in:\n%s", want, m.GetCurrentDetails())
		}
	}
	if n := len(m.GetDefinition().GetUpdateDefinitions()); n != 6 {
		t.Errorf("%d updates", n)
	}
	for _, u := range m.GetDefinition().GetUpdateDefinitions() {
		if u.GetDescription() == "" {
			t.Errorf("update %s says nothing of itself", u.GetName())
		}
	}
}

func TestACancelledSweepSaysSo(t *testing.T) {
	f := newFakes()
	env := newEnv(t, f)
	f.during = func(call string) {
		if call == "BuildCorpus sw" {
			env.CancelWorkflow()
		}
	}
	env.ExecuteWorkflow(LanguageSweep, params())
	if !temporal.IsCanceledError(env.GetWorkflowError()) {
		t.Fatal(env.GetWorkflowError())
	}
	if got := metadata(t, env).GetCurrentDetails(); !strings.HasPrefix(got, "**cancelled**") {
		t.Errorf("details %s", got)
	}
}

// A stage says what it made or why not, and what its attempts ended by.
func TestAStageSaysHowItEnded(t *testing.T) {
	past := []activities.Ended{{Attempt: 1, Cause: activities.TypeKilled, Step: 30}}
	for _, tt := range []struct {
		name    string
		outcome string
		result  any
		err     error
		want    string
	}{
		{"trained", OutcomeCompleted, activities.Trained{Steps: 60, TokensPerS: 10, Loss: 2, MicroBatch: 4, Past: past}, nil,
			"**completed**: 60 steps, 10 tokens/s, loss 2.000, micro-batch 4\n\n| attempt | ended by | at step |\n|---|---|---|\n| 1 | Killed | 30 |\n"},
		{"cached", OutcomeCompleted, activities.Trained{Steps: 60, Cached: true, Past: past}, nil, "**completed, found in the store**: 60 steps\n"},
		{"corpus", OutcomeCompleted, activities.Corpus{Rows: 5, HeldOut: 1}, nil, "**completed**: 5 rows, 1 held out, 0 tokens\n"},
		{"evaluated", OutcomeCompleted, activities.Evaluated{Rows: []activities.Row{{Row: "source_kept", Score: 0.5}}}, nil, "**completed**: source_kept 50.0\n"},
		{"failed", outcomeFailed, activities.Trained{}, temporal.NewApplicationErrorWithOptions("no such file", activities.TypeBadInput,
			temporal.ApplicationErrorOptions{Details: []any{past}}), "**failed**: no such file\n\n| attempt | ended by | at step |\n|---|---|---|\n| 1 | Killed | 30 |\n"},
	} {
		if got := stageEnd(tt.outcome, tt.result, tt.err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
