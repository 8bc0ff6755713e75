package workflows

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"madx/activities"
)

// answer is what became of an update.
type answer struct {
	refused error
	changed Changed
	failed  error
	done    bool
}

func (a *answer) Accept() {}
func (a *answer) Reject(err error) {
	a.refused, a.done = err, true
}
func (a *answer) Complete(v any, err error) {
	a.done, a.failed = true, err
	if c, ok := v.(Changed); ok {
		a.changed = c
	}
}

// rehearsal is a sweep whose activities take virtual time, so that updates meet it half-way.
type rehearsal struct {
	*testsuite.TestWorkflowEnvironment
	t *testing.T
	f *fakeActivities
}

// rehearse prepares a sweep in which every training takes an hour. Cancelled ones end with a checkpoint, as real ones do.
func rehearse(t *testing.T) *rehearsal {
	f := newFakes()
	r := &rehearsal{newEnv(t, f), t, f}
	long := func(name string, run func(context.Context, activities.LanguageInput) (activities.Trained, error)) {
		r.OnActivity(name, anything, anything).After(time.Hour).Return(run)
	}
	long("TrainLanguage", f.TrainLanguage)
	return r
}

// at sends an update at a moment of the sweep.
func (r *rehearsal) at(after time.Duration, name string, payload any) *answer {
	a := &answer{}
	r.RegisterDelayedCallback(func() { r.UpdateWorkflow(name, "", a, payload) }, after)
	return a
}

// look takes the sweep's progress at a moment.
func (r *rehearsal) look(after time.Duration, check func(map[string]State, Progress)) {
	r.RegisterDelayedCallback(func() {
		v, err := r.QueryWorkflow(QueryProgress)
		var p Progress
		if err == nil {
			err = v.Get(&p)
		}
		if err != nil {
			r.t.Error(err)
		}
		check(states(p.Steps), p)
	}, after)
}

// run runs the sweep to its end and returns what it published.
func (r *rehearsal) run(p SweepParams) SweepResult {
	r.t.Helper()
	r.ExecuteWorkflow(LanguageSweep, p)
	if err := r.GetWorkflowError(); err != nil {
		r.t.Fatal(err)
	}
	return *r.f.doc
}

func (a *answer) accepted(t *testing.T, steps ...string) {
	t.Helper()
	if !a.done || a.refused != nil || a.failed != nil {
		t.Fatalf("update: done %v, refused %v, failed %v", a.done, a.refused, a.failed)
	}
	if !slices.Equal(a.changed.Steps, steps) {
		t.Errorf("it changed %q, want %q", a.changed.Steps, steps)
	}
}

const hour = time.Hour

// anything is the test framework's placeholder for an argument.
const anything = "mock.Anything"

func TestPauseStopsWhatRunsAndResumeGoesOn(t *testing.T) {
	r := rehearse(t)
	paused := r.at(hour/2, UpdatePause, Part{})
	again := r.at(hour/2+time.Minute, UpdatePause, Part{})
	r.look(5*hour, func(got map[string]State, p Progress) {
		if !p.Paused || p.Outcome != OutcomePaused || got["language sw"] != StatePaused || got["zero-shot ner sw"] != StatePaused || got["corpus sw"] != StateDone {
			t.Errorf("paused: %v, %v", p.Paused, got)
		}
	})
	resumed := r.at(6*hour, UpdateResume, Part{})
	out := r.run(params())
	paused.accepted(t, "language en", "language de", "language sw")
	if again.refused == nil || !strings.Contains(again.refused.Error(), "paused already") {
		t.Errorf("paused twice: %v", again.refused)
	}
	if !resumed.done || len(resumed.changed.Steps) != 7 {
		t.Errorf("resumed %+v", resumed.changed)
	}
	if out.Outcome != OutcomeCompleted {
		t.Errorf("outcome %s", out.Outcome)
	}
	for _, st := range out.Steps {
		if st.Stage == stageLanguage && (len(st.Past) != 1 || st.Past[0].Cause != "Paused") {
			t.Errorf("%s: past %+v", st.title(), st.Past)
		}
	}
}

func TestPauseOfOneLanguageLeavesTheOthers(t *testing.T) {
	r := rehearse(t)
	r.at(hour/2, UpdatePause, Part{Lang: "sw"})
	r.look(5*hour, func(got map[string]State, p Progress) {
		if got["language sw"] != StatePaused || got["zero-shot ner sw"] != StatePaused || got["zero-shot ner de"] != StateDone || p.Outcome != OutcomeRunning {
			t.Errorf("%v", got)
		}
	})
	resumed := r.at(6*hour, UpdateResume, Part{Lang: "sw"})
	out := r.run(params())
	resumed.accepted(t, "language sw", "zero-shot ner sw")
	checkStates(t, out.Steps, nil)
}

// Resumed while its trainer still writes the checkpoint, a step starts again as soon as that is done.
func TestResumeRightAfterPause(t *testing.T) {
	r := rehearse(t)
	r.RegisterDelayedCallback(func() {
		r.UpdateWorkflow(UpdatePause, "", &answer{}, Part{})
		r.UpdateWorkflow(UpdateResume, "", &answer{}, Part{})
	}, hour/2)
	if out := r.run(params()); out.Outcome != OutcomeCompleted {
		t.Errorf("outcome %s: %+v", out.Outcome, out.Steps)
	}
}

func TestRetryOfWhatFailed(t *testing.T) {
	r := rehearse(t)
	broken := true
	r.f.fail = func(call string, _ int) error {
		if broken && call == "Download sw" {
			return temporal.NewNonRetryableApplicationError("no such wiki", activities.TypeBadInput, nil)
		}
		return nil
	}
	nothing := r.at(hour/4, UpdateRetry, Part{Lang: "de"}) // its corpus is done, its training waits for the head: nothing failed
	r.RegisterDelayedCallback(func() { broken = false }, hour/2)
	retried := r.at(hour/2, UpdateRetry, Part{Lang: "sw"})
	out := r.run(params())
	_ = nothing
	retried.accepted(t, "corpus sw")
	checkStates(t, out.Steps, nil)
}

// A running language is stopped, with a checkpoint, and started anew.
func TestRetryOfWhatRuns(t *testing.T) {
	r := rehearse(t)
	started := 0
	r.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "TrainLanguage" {
			started++
		}
	})
	retried := r.at(hour/2, UpdateRetry, Part{Lang: "sw"})
	out := r.run(params())
	retried.accepted(t, "language sw")
	checkStates(t, out.Steps, nil)
	if started != 4 {
		t.Errorf("%d trainings of languages were started, want 4", started)
	}
}

func TestTargetsAndTasksComeAndGo(t *testing.T) {
	r := rehearse(t)
	p := params()
	data := p.Tasks[0].Test["sw"]
	added := r.at(hour/4, UpdateAdd, Addition{Model: "m", Wiki: &Wiki{Lang: "ha", Wiki: "hawiki"}, Steps: 7,
		Tests: map[string][]activities.Data{"ner": data}})
	removed := r.at(hour/2, UpdateRemove, Part{Lang: "sw"})
	second := p.Tasks[0]
	second.Name, second.Task.Adapter.Name = "pos", "pos"
	task := r.at(hour/2, UpdateAdd, Addition{Model: "m", Task: &second})
	gone := r.at(hour/2+time.Minute, UpdateRemove, Part{Task: "ner"})
	out := r.run(p)
	added.accepted(t, "corpus ha", "language ha", "zero-shot ner ha")
	removed.accepted(t, "corpus sw", "language sw", "zero-shot ner sw")
	task.accepted(t, "task alone pos en", "task pos en", "zero-shot pos en", "zero-shot pos de")
	gone.accepted(t, "task alone ner en", "task ner en", "zero-shot ner en", "zero-shot ner de", "zero-shot ner ha")
	checkStates(t, out.Steps, nil)
	if !slices.Equal(out.Params.Targets, []string{"de", "ha"}) || len(out.Results) != 2 || out.Results[0].Task != "pos" ||
		out.Adapters["language/ha"].Steps != 7 || out.Outcome != OutcomeCompleted {
		t.Errorf("%s: targets %v, results %+v", out.Outcome, out.Params.Targets, out.Results)
	}
	if _, there := out.Adapters["language/sw"]; there {
		t.Error("what was removed is in the results")
	}
}

func TestUpdatesThatMakeNoSenseAreRefused(t *testing.T) {
	zero, six := 0, 6
	wiki := &Wiki{Lang: "ha"}
	for _, tt := range []struct {
		name    string
		payload any
		why     string
	}{
		{UpdatePause, Part{Lang: "xx"}, "no language xx"},
		{UpdatePause, Part{Task: "ner"}, "name a language"},
		{UpdateResume, Part{}, "not paused"},
		{UpdateResume, Part{Lang: "sw"}, "not paused"},
		{UpdateRetry, Part{}, "nothing of it failed"},
		{UpdateAdd, Addition{Model: "other", Wiki: wiki}, "base model is another"},
		{UpdateAdd, Addition{Model: "m"}, "add a language or a task"},
		{UpdateAdd, Addition{Model: "m", Wiki: &Wiki{Lang: "sw"}}, "has the language sw already"},
		{UpdateAdd, Addition{Model: "m", Wiki: wiki, Tests: map[string][]activities.Data{"qa": nil}}, "no task qa"},
		{UpdateAdd, Addition{Model: "m", Task: &TaskParams{Name: "ner"}}, "has the task ner already"},
		{UpdateRemove, Part{}, "remove a language or a task"},
		{UpdateRemove, Part{Lang: "en"}, "is the source"},
		{UpdateRemove, Part{Lang: "xx"}, "no target xx"},
		{UpdateRemove, Part{Task: "qa"}, "no task qa"},
		{UpdateRemove, Part{Task: "ner"}, "last task"},
		{UpdateSet, Setting{}, "nothing to set"},
		{UpdateSet, Setting{Parallel: &zero}, "from 1 to"},
		{UpdateSet, Setting{Priority: &six}, "from 1 (first) to 5"},
	} {
		t.Run(tt.name+" "+tt.why, func(t *testing.T) {
			r := rehearse(t)
			a := r.at(hour/2, tt.name, tt.payload)
			out := r.run(params())
			if a.refused == nil || !strings.Contains(a.refused.Error(), tt.why) {
				t.Errorf("refused %v, want %q", a.refused, tt.why)
			}
			checkStates(t, out.Steps, nil)
		})
	}
}

func TestParallelismBoundsWhatIsUnderWay(t *testing.T) {
	r := rehearse(t)
	p := params()
	p.Parallel = 1
	most := 0
	check := func(got map[string]State, _ Progress) {
		n := 0
		for _, st := range got {
			if st == StateRunning {
				n++
			}
		}
		most = max(most, n)
	}
	for i := range 20 {
		r.look(time.Duration(i+1)*hour/7, check)
	}
	two := 2
	set := r.at(hour/2, UpdateSet, Setting{Parallel: &two})
	out := r.run(p)
	set.accepted(t, "parallelism 2")
	checkStates(t, out.Steps, nil)
	if most != 2 {
		t.Errorf("%d steps at once at most, want 2", most)
	}
}

func TestPriorityIsThatOfTheStepsToCome(t *testing.T) {
	r := rehearse(t)
	p := params()
	p.Priority = 4
	one := 1
	set := r.at(hour/2, UpdateSet, Setting{Priority: &one})
	r.look(hour/2+time.Minute, func(_ map[string]State, p Progress) {
		if p.Priority != 1 {
			t.Errorf("priority %d", p.Priority)
		}
	})
	r.run(p)
	set.accepted(t, "priority 1")
}
