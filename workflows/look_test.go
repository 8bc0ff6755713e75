package workflows

import (
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/temporal"

	"madx/activities"
)

// trainings are the calls that need a device.
func trainings(f *fakeActivities) (out []string) {
	for call := range f.tries {
		if strings.HasPrefix(call, "Train") || strings.HasPrefix(call, "Evaluate") {
			out = append(out, call)
		}
	}
	slices.Sort(out)
	return out
}

// What is in the store is found on the queue for light work: no step waits for a device to learn that there is nothing
// to do.
func TestWhatIsStoredNeedsNoDevice(t *testing.T) {
	f := newFakes()
	f.stored = map[string]bool{activities.StageMLMHead: true, activities.StageLanguage: true, activities.StageTask: true, activities.StageEvaluation: true}
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range r.Steps {
		if st.Stage != stageCorpus && st.State != StateCached {
			t.Errorf("%s is %s", st.title(), st.State)
		}
	}
	if got := trainings(f); len(got) > 0 {
		t.Errorf("on devices: %v", got)
	}
	for _, at := range f.looks {
		if !strings.HasPrefix(at, QueueLight+" ") {
			t.Errorf("looked on %s", at)
		}
	}
	if len(f.looks) != 9 || len(r.Results) != 3 || r.Results[0].Task != "ner" {
		t.Errorf("%d looks, results %+v", len(f.looks), r.Results)
	}
}

// A store that does not answer the look is left to the training, which waits for it.
func TestALookThatFailsIsAMiss(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, _ int) error {
		if strings.HasPrefix(call, "Find ") {
			return temporal.NewApplicationError("no answer", activities.TypeStore)
		}
		return nil
	}
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	checkStates(t, r.Steps, nil)
	if n := f.tries["Find "+activities.StageMLMHead]; n != 3 {
		t.Errorf("%d looks for the head, want 3", n)
	}
}
