package workflows

import (
	"strings"
	"testing"

	"madx/activities"
)

// twoStages is a sweep whose task is trained on other data first, as COPA is after Social IQa.
func twoStages() SweepParams {
	p := params()
	first := []activities.Data{{Ref: ref("siqa"), File: "f", Format: "siqa"}}
	p.Tasks[0].Before = []StageParams{{Data: first, Train: p.Tasks[0].Train}}
	return p
}

func TestTasksOfSeveralTrainingsGoOnFromEachOther(t *testing.T) {
	r, err := runSweep(t, newFakes(), twoStages())
	if err != nil {
		t.Fatal(err)
	}
	checkStates(t, r.Steps, nil)
	got := r.Adapters["task/ner/alone"].Ref.Digest
	if want := "task(ner,-) from task(ner,-) on siqa"; got != want {
		t.Errorf("baseline %s, want %s", got, want)
	}
	source := r.Adapters["language/en"].Ref.Digest
	if got, want := r.Adapters["task/ner"].Ref.Digest, "task(ner,"+source+") from task(ner,"+source+") on siqa"; got != want {
		t.Errorf("task %s, want %s", got, want)
	}
}

func TestAnEarlierTrainingTakesTheLaterOneAlong(t *testing.T) {
	f := newFakes()
	f.fail = failing("TrainTask ner on siqa")
	r, err := runSweep(t, f, twoStages())
	if err != nil {
		t.Fatal(err)
	}
	checkStates(t, r.Steps, map[string]State{"task stage 1 ner en": StateFailed, "task ner en": StateBlocked,
		"zero-shot ner en": StateBlocked, "zero-shot ner de": StateBlocked, "zero-shot ner sw": StateBlocked})
}

// A stage alone runs what it needs and nothing else, and publishes beside its sweep.
func TestStagesRunAlone(t *testing.T) {
	for _, tt := range []struct {
		goal  string
		steps string
	}{
		{CorpusID("t", "sw"), "corpus sw"},
		{MLMHeadID("t"), "corpus en, corpus de, corpus sw, mlm-head"},
		{LanguageID("t", "sw"), "corpus en, corpus de, corpus sw, mlm-head, language sw"},
		{TaskID("t", "ner", true), "task alone ner en"},
		{TaskID("t", "ner", false), "corpus en, corpus de, corpus sw, mlm-head, language en, task ner en"},
		{ZeroShotID("t", "ner", "sw"), "corpus en, corpus de, corpus sw, mlm-head, language en, language sw, task alone ner en, task ner en, zero-shot ner sw"},
	} {
		t.Run(tt.goal, func(t *testing.T) {
			p := params()
			p.Goal = tt.goal
			r, err := runSweep(t, newFakes(), p)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, st := range r.Steps {
				got = append(got, st.title())
			}
			if strings.Join(got, ", ") != tt.steps {
				t.Errorf("steps %s, want %s", strings.Join(got, ", "), tt.steps)
			}
			checkStates(t, r.Steps, nil)
			if want := "s3://b/sweeps/" + strings.TrimPrefix(tt.goal, "sweep/"); r.Document != want {
				t.Errorf("published %s, want %s", r.Document, want)
			}
			if id := WorkflowID(strings.TrimPrefix(tt.goal, "sweep/")); id != GoalID(tt.goal) || !strings.HasPrefix(id, "stage/t/") {
				t.Errorf("its workflow is %s", id)
			}
		})
	}
}

func TestABaseWithItsOwnHeadNeedsOnlyOneCorpus(t *testing.T) {
	p := params()
	p.Model.HasMLMHead, p.Goal = true, LanguageID("t", "sw")
	r, err := runSweep(t, newFakes(), p)
	if err != nil || len(r.Steps) != 2 {
		t.Errorf("%+v, %v", r.Steps, err)
	}
}
