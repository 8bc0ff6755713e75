package activities

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"testing"

	"go.temporal.io/sdk/activity"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"madx/trainer/events"
)

func TestEveryPastAttemptIsKnown(t *testing.T) {
	preempted := Ended{Attempt: 1, Cause: TypePreempted, Step: 4}
	for _, tt := range []struct {
		name    string
		last    Progress
		attempt int
		want    []Ended
	}{
		{"the first", Progress{}, 1, nil},
		{"one that said why it ended", Progress{Step: 4, Past: []Ended{preempted}}, 2, []Ended{preempted}},
		{"one that died with its worker", Progress{Step: 9, Past: []Ended{preempted}}, 3, []Ended{preempted, {Attempt: 2, Cause: TypeLost, Step: 9}}},
		{"two that died before their first heartbeat", Progress{}, 3, []Ended{{Attempt: 1, Cause: TypeLost}, {Attempt: 2, Cause: TypeLost}}},
	} {
		if got := fillIn(tt.last, tt.attempt); !reflect.DeepEqual(got, tt.want) && len(got)+len(tt.want) > 0 {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if got := fillIn(Progress{}, 1000); len(got) != keptEnds || got[keptEnds-1].Attempt != 999 {
		t.Errorf("of 999 lost attempts %d are remembered: %+v", len(got), got)
	}
}

// The next attempt reads from the last heartbeat what became of the ones before, and the result has them all.
func TestAttemptsAndTheirCausesAreInTheResult(t *testing.T) {
	r := newRig(t, nil)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetHeartbeatDetails(Progress{Past: []Ended{{Attempt: 0, Cause: TypeStore}}})
	env.RegisterActivityWithOptions(r.TrainLanguage, activity.RegisterOptions{Name: "it"})
	value, err := env.ExecuteActivity("it", r.languageInput())
	var out Trained
	if err == nil {
		err = value.Get(&out)
	}
	if err != nil || len(out.Past) != 1 || out.Past[0].Cause != TypeStore {
		t.Errorf("past %+v, %v", out.Past, err)
	}
}

// What a failed attempt knows of itself and the ones before goes with its error, and into its last heartbeat.
func TestFailuresTellOfAllAttempts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cause events.Cause
		step  int // that the trainer dies at
		typ   string
		now   bool
		final bool
	}{
		{"killed after some steps", events.CauseDevice, 4, TypeDevice, true, false},
		{"killed before its first step", events.CauseDevice, 1, TypeDevice, false, false},
		{"preempted", events.CausePreempted, 3, TypePreempted, true, false},
		{"memory", events.CauseOutOfMemory, 1, TypeOutOfMemory, false, true},
		{"input", events.CauseBadInput, 1, TypeBadInput, false, true},
		{"disk", events.CauseDiskFull, 4, TypeDiskFull, false, false},
		{"own fault", events.CauseInternal, 4, TypeInternal, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.trainer.before = func(_ context.Context, step int) error {
				if step == tt.step {
					return &TrainerError{Cause: tt.cause, Message: "it ended"}
				}
				return nil
			}
			_, err := r.train(r.languageInput())
			var app *temporal.ApplicationError
			if !errors.As(err, &app) || app.Type() != tt.typ || app.NonRetryable() != tt.final || (app.NextRetryDelay() == atOnce) != tt.now {
				t.Fatalf("%v", err)
			}
			why := Why(err)
			want := []Ended{{Attempt: 1, Cause: tt.typ, Step: int64(tt.step - 1)}}
			if why.Cause != tt.typ || !reflect.DeepEqual(why.Past, want) {
				t.Errorf("why %+v, want %+v", why, want)
			}
			var last Progress
			for range len(r.beats) {
				last = <-r.beats
			}
			if !reflect.DeepEqual(last.Past, want) {
				t.Errorf("the last heartbeat says %+v", last.Past)
			}
		})
	}
}

func TestEveryCauseHasAPolicy(t *testing.T) {
	for _, c := range []events.Cause{events.CauseUsage, events.CauseBadInput, events.CauseOutOfMemory, events.CauseDevice,
		events.CauseDiverged, events.CausePreempted, events.CauseDiskFull, events.CauseInternal} {
		typ := errorType(classify(&TrainerError{Cause: c}))
		if _, there := Policies[typ]; !there {
			t.Errorf("%s becomes %s, which has no policy", c, typ)
		}
	}
	want := []string{TypeBadInput, TypeDiverged, TypeInputLost, TypeOutOfMemory}
	if got := NeverRetried(); !reflect.DeepEqual(got, want) {
		t.Errorf("never retried: %v", got)
	}
}
