package workflows

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/temporal"

	"madx/activities"
)

// What is refused because of what happened before it.
func TestUpdatesThatMakeNoSenseNow(t *testing.T) {
	wiki := &Wiki{Lang: "ha"}
	alone := params()
	alone.Goal = LanguageID("t", "sw")
	few := params()
	few.Targets = []string{"sw"}
	for _, tt := range []struct {
		title   string
		p       SweepParams
		before  Part // paused first, unless it names a task
		name    string
		payload any
		why     string
	}{
		{"one language of a paused sweep", params(), Part{}, UpdateResume, Part{Lang: "sw"}, "whole sweep is paused"},
		{"another language", params(), Part{Lang: "sw"}, UpdateResume, Part{Lang: "de"}, "not paused"},
		{"an unknown language", params(), Part{Lang: "sw"}, UpdateResume, Part{Lang: "xx"}, "no language xx"},
		{"retry of an unknown language", params(), Part{Task: "-"}, UpdateRetry, Part{Lang: "xx"}, "no language xx"},
		{"a part more of a stage alone", alone, Part{Task: "-"}, UpdateAdd, Addition{Model: "m", Wiki: wiki}, "has no parts"},
		{"a part less of a stage alone", alone, Part{Task: "-"}, UpdateRemove, Part{Lang: "de"}, "has no parts"},
		{"the last target", few, Part{Task: "-"}, UpdateRemove, Part{Lang: "sw"}, "last target"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			r := rehearse(t)
			if tt.before.Task == "" {
				r.at(hour/4, UpdatePause, tt.before)
			}
			a := r.at(hour/2, tt.name, tt.payload)
			r.at(hour, UpdateResume, Part{})
			out := r.run(tt.p)
			if a.refused == nil || !strings.Contains(a.refused.Error(), tt.why) {
				t.Errorf("refused %v, want %q", a.refused, tt.why)
			}
			checkStates(t, out.Steps, nil)
		})
	}
}

// Resumed, one language goes on; another that was paused by itself stays so until the whole sweep is resumed.
func TestResumeLeavesOtherLanguagesPaused(t *testing.T) {
	r := rehearse(t)
	r.at(hour/4, UpdatePause, Part{Lang: "sw"})
	r.at(hour/4, UpdatePause, Part{Lang: "de"})
	one := r.at(2*hour, UpdateResume, Part{Lang: "sw"})
	r.look(5*hour, func(got map[string]State, p Progress) {
		if got["language sw"] != StateDone || got["language de"] != StatePaused || !slices.Equal(p.Held, []string{"de"}) {
			t.Errorf("held %v: %v", p.Held, got)
		}
	})
	all := r.at(6*hour, UpdateResume, Part{})
	out := r.run(params())
	one.accepted(t, "language sw", "zero-shot ner sw")
	all.accepted(t, "language de", "zero-shot ner de")
	checkStates(t, out.Steps, nil)
}

// A cancelled sweep takes no more updates while it waits for its checkpoints.
func TestAnEndingSweepTakesNoUpdates(t *testing.T) {
	r := rehearse(t)
	a := &answer{}
	r.RegisterDelayedCallback(func() {
		r.CancelWorkflow()
		r.RegisterDelayedCallback(func() { r.UpdateWorkflow(UpdatePause, "", a, Part{}) }, 0)
	}, hour/2)
	r.ExecuteWorkflow(LanguageSweep, params())
	if err := r.GetWorkflowError(); !temporal.IsCanceledError(err) {
		t.Fatalf("ended with %v", err)
	}
	if a.done && (a.refused == nil || !strings.Contains(a.refused.Error(), "is ending")) {
		t.Errorf("update: %+v", a)
	}
}

// What was just removed writes its checkpoint: added again at once, it would be stopped by that. What
// comes back later has nothing left of what it was before.
func TestWhatIsStoppingIsNotAddedYet(t *testing.T) {
	r := rehearse(t)
	early := &answer{}
	again := Addition{Model: "m", Wiki: &Wiki{Lang: "sw", Wiki: "swwiki"}, Texts: []activities.Text{{}}}
	r.RegisterDelayedCallback(func() {
		r.UpdateWorkflow(UpdateRemove, "", &answer{}, Part{Lang: "sw"})
		r.UpdateWorkflow(UpdateAdd, "", early, again)
	}, hour/2)
	late := r.at(hour/2+hour/10, UpdateAdd, again)
	r.at(hour/2+hour/10, UpdatePause, Part{Lang: "sw"})
	r.at(hour*7/10, UpdateRemove, Part{Lang: "sw"})
	bare := r.at(hour*8/10, UpdateAdd, Addition{Model: "m", Wiki: again.Wiki})
	out := r.run(params())
	if early.refused == nil || !strings.Contains(early.refused.Error(), "still stopping") {
		t.Errorf("refused %v", early.refused)
	}
	late.accepted(t, "corpus sw", "language sw")
	checkStates(t, out.Steps, nil)
	bare.accepted(t, "corpus sw", "language sw")
	if len(out.Params.Texts) != 0 || out.Params.Language.Steps["sw"] != 0 || out.Adapters["language/sw"].Steps != 10 {
		t.Errorf("added again it has texts %v, steps %v", out.Params.Texts, out.Params.Language.Steps)
	}
}

// A task and its test data leave with everything that hangs on them; the other task stays.
func TestOneOfTwoTasksIsRemoved(t *testing.T) {
	r := rehearse(t)
	p := params()
	second := p.Tasks[0]
	second.Name, second.Task.Adapter.Name = "pos", "pos"
	p.Tasks = append(p.Tasks, second)
	removed := r.at(hour/2, UpdateRemove, Part{Task: "pos"})
	out := r.run(p)
	removed.accepted(t, "task alone pos en", "task pos en", "zero-shot pos en", "zero-shot pos de", "zero-shot pos sw")
	checkStates(t, out.Steps, nil)
	if len(out.Params.Tasks) != 1 || len(out.Results) != 3 {
		t.Errorf("tasks %v, %d results", out.Params.Tasks, len(out.Results))
	}
}

// Carried over: a step that only waited for a stranger's workflow waits again, and one that was being paused still is.
func TestWhatAnInheritedStepWasDoing(t *testing.T) {
	var c carried
	if err := inherited(t).Carried.Unpack(&c); err != nil {
		t.Fatal(err)
	}
	for _, st := range c.Steps {
		switch st.title() {
		case "language sw":
			st.Stop = stopPause
		case "language de":
			st.State, st.Run, st.Stop = StateRunning, "", stopAgain
		}
	}
	c.Held, c.Paused = []string{"sw"}, false
	packed, err := activities.Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	f := newFakes()
	f.ends[LanguageID("t", "sw")] = activities.Joined{Cancelled: true}
	env := newEnv(t, f)
	asked := false
	env.OnRequestCancelExternalWorkflow(anything, LanguageID("t", "sw"), "run-1").Return(func(string, string, string) error {
		asked = true
		return nil
	})
	var seen map[string]State
	env.RegisterDelayedCallback(func() {
		v, err := env.QueryWorkflow(QueryProgress)
		var p Progress
		if err == nil {
			err = v.Get(&p)
		}
		if err != nil {
			t.Error(err)
		}
		seen = maps.Clone(states(p.Steps))
		env.UpdateWorkflow(UpdateResume, "", &answer{}, Part{})
	}, hour)
	env.ExecuteWorkflow(LanguageSweep, SweepParams{Name: "t", Carried: packed})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if !asked || seen["language sw"] != StatePaused || seen["language de"] != StateDone || f.tries["TrainLanguage de"] != 1 {
		t.Errorf("asked %v, states %v, calls %v", asked, seen, f.tries)
	}
	checkStates(t, f.doc.Steps, nil)
}

// What Temporal's UI says of a sweep and of its steps.
func TestWhatPeopleReadOfASweep(t *testing.T) {
	p := params()
	p.Tasks[0].Train.Steps, p.Tasks[0].Train.Epochs = 0, 2.5
	st := &Step{Stage: stageTask, Task: "ner", Lang: "en"}
	if got := st.details(p); !strings.Contains(got, "2.5 epochs") || !strings.Contains(got, "**ner**") {
		t.Errorf("details %s", got)
	}
	if got := p.Summary(); got != "en → de, sw" {
		t.Errorf("summary %q", got)
	}
	p.Targets = strings.Split("aa ab ac ad ae af ag ah ai", " ")
	if got := p.Summary(); got != "en → 9 languages" {
		t.Errorf("summary %q", got)
	}
	p.Goal = LanguageID("t", "aa")
	if got := p.Summary(); got != "t/language/aa" {
		t.Errorf("summary %q", got)
	}
	if got := WorkflowID("t"); got != "sweep/t" {
		t.Errorf("id %q", got)
	}
	if got := p.Wiki("zz"); got.Wiki != "zzwiki" {
		t.Errorf("wiki %+v", got)
	}
}
