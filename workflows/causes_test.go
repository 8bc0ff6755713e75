package workflows

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"madx/activities"
	"madx/trainer/spec"
)

// What follows each cause that a training's attempt can end with, once: how many attempts there are, how long the pause
// before the second one is, and how many rows each took at once.
func TestRetryByCause(t *testing.T) {
	const never, atOnce, backOff = 0, 100 * time.Millisecond, time.Second
	tests := map[string]struct {
		pause time.Duration // before the next attempt; never: the training fails for good
		micro []int
	}{
		activities.TypeBadInput:    {never, []int{0}},
		activities.TypeDiverged:    {never, []int{0}},
		activities.TypeInputLost:   {never, []int{0}}, // the sweep makes the input again: TestALostInputIsMadeAgain
		activities.TypeOutOfMemory: {0, []int{0, 4}},
		activities.TypePreempted:   {atOnce, []int{0, 0}},
		activities.TypeDevice:      {atOnce, []int{0, 0}},
		activities.TypeKilled:      {atOnce, []int{0, 0}},
		activities.TypeStalled:     {atOnce, []int{0, 0}},
		activities.TypeLost:        {backOff, []int{0, 0}},
		activities.TypeFenced:      {backOff, []int{0, 0}},
		activities.TypeStore:       {backOff, []int{0, 0}},
		activities.TypeDiskFull:    {backOff, []int{0, 0}},
		activities.TypeInternal:    {backOff, []int{0, 0}},
	}
	for typ := range activities.Policies {
		if _, there := tests[typ]; !there {
			t.Errorf("cause %s: nothing is said of it", typ)
		}
	}
	for typ, tt := range tests {
		t.Run(typ, func(t *testing.T) {
			tries, began, out, err := trainOnce(t, activityError(typ))
			var micro []int
			keys := map[string]bool{}
			for _, in := range tries {
				micro = append(micro, in.Train.MicroBatch)
				if in.Train.Batch != 8 {
					t.Errorf("a step over %d rows, not 8: micro-batches must add up to it", in.Train.Batch)
				}
				key, kerr := in.Key()
				if kerr != nil {
					t.Fatal(kerr)
				}
				keys[key] = true
			}
			if !reflect.DeepEqual(micro, tt.micro) || len(keys) != 1 {
				t.Fatalf("micro-batches %v, want %v, with %d artifact keys", micro, tt.micro, len(keys))
			}
			if len(tt.micro) == 1 {
				if why := activities.Why(err); why.Cause != typ || len(why.Past) != 1 || why.Past[0].Cause != typ {
					t.Errorf("failed with %+v", why)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := began[1].Sub(began[0]); got < tt.pause || got > tt.pause+tt.pause/2+10*time.Millisecond {
				t.Errorf("a pause of %v, want %v", got, tt.pause)
			}
			if typ == activities.TypeOutOfMemory && (out.MicroBatch != 4 || out.Attempt != 2 || len(out.Past) != 1 || out.Past[0].Cause != typ) {
				t.Errorf("recorded %+v", out)
			}
		})
	}
}

// activityError is the error of a cause as activities make it.
func activityError(typ string) error {
	if typ == activities.TypeLost { // nobody is left to make one
		return temporal.NewHeartbeatTimeoutError()
	}
	o := temporal.ApplicationErrorOptions{NonRetryable: activities.Policies[typ].Never}
	if activities.Policies[typ].Now {
		o.NextRetryDelay = 100 * time.Millisecond
	}
	return temporal.NewApplicationErrorWithOptions("not today", typ, o)
}

// trainOnce runs one training whose first attempt fails, and returns what each attempt was given and when it began.
func trainOnce(t *testing.T, failure error) (tries []activities.LanguageInput, began []time.Time, out activities.Trained, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(LanguageAdapter)
	env.RegisterActivityWithOptions(func(_ context.Context, in activities.LanguageInput) (activities.Trained, error) {
		if tries = append(tries, in); len(tries) == 1 {
			return activities.Trained{}, failure
		}
		return activities.Trained{Ref: ref("sw"), Attempt: 1}, nil
	}, activity.RegisterOptions{Name: "TrainLanguage"})
	env.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) {
		began = append(began, env.Now())
	})
	env.ExecuteWorkflow(LanguageAdapter, LanguageAdapterParams{Sweep: "t",
		Input: activities.LanguageInput{Corpus: activities.Corpus{Lang: "sw"}, Train: spec.Train{Steps: 10, Batch: 8}}})
	if err = env.GetWorkflowError(); err == nil {
		err = env.GetWorkflowResult(&out)
	}
	return tries, began, out, err
}
