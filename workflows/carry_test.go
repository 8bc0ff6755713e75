package workflows

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// next returns the parameters of the run that a sweep went on as.
func next(t *testing.T, err error) SweepParams {
	t.Helper()
	var again *workflow.ContinueAsNewError
	if !errors.As(err, &again) {
		t.Fatalf("no fresh history: %v", err)
	}
	var p SweepParams
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// A long history ends, and the next run knows all there is to know and waits for the children that the first started.
func TestASweepGoesOnInAFreshHistory(t *testing.T) {
	r := rehearse(t)
	r.at(hour/4, UpdatePause, Part{Lang: "de"})
	r.RegisterDelayedCallback(func() {
		r.SetContinueAsNewSuggested(true)
		parallel := 7
		r.UpdateWorkflow(UpdateSet, "", &answer{}, Setting{Parallel: &parallel}) // something that the loop looks at
	}, hour/2)
	r.ExecuteWorkflow(LanguageSweep, params())
	p := next(t, r.GetWorkflowError())

	var c carried
	if err := p.Carried.Unpack(&c); err != nil {
		t.Fatal(err)
	}
	running := map[string]string{}
	for _, st := range c.Steps {
		if st.State == StateRunning {
			running[st.title()] = st.Run
		}
	}
	if len(running) != 2 || running["language sw"] == "" || running["language en"] == "" || c.Params.Parallel != 7 {
		t.Fatalf("running %v, parallelism %d", running, c.Params.Parallel)
	}

	f := newFakes()
	for _, lang := range []string{"en", "sw"} {
		result, err := json.Marshal(activities.Trained{Ref: ref("joined " + lang), Steps: 5, Attempt: 2, Past: []activities.Ended{{Attempt: 1, Cause: activities.TypeDevice}}})
		if err != nil {
			t.Fatal(err)
		}
		f.ends[LanguageID("t", lang)] = activities.Joined{Result: result}
	}
	env := newEnv(t, f)
	env.RegisterDelayedCallback(func() { env.UpdateWorkflow(UpdateResume, "", &answer{}, Part{Lang: "de"}) }, hour)
	env.ExecuteWorkflow(LanguageSweep, p)
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	checkStates(t, f.doc.Steps, nil)
	if f.doc.Outcome != OutcomeCompleted || f.doc.Adapters["language/sw"].Ref.Digest != "joined sw" || f.tries["TrainLanguage sw"] != 0 ||
		f.tries["Download en"] != 0 || f.tries["TrainLanguage de"] != 1 || len(f.doc.Results) != 3 {
		t.Errorf("%s, adapters %+v, calls %v", f.doc.Outcome, f.doc.Adapters, f.tries)
	}
	for _, st := range f.doc.Steps {
		if st.title() == "language sw" && (st.Attempt != 2 || len(st.Past) != 1) {
			t.Errorf("language sw: %+v", st)
		}
	}
}

// inherited is a sweep that goes on while sw's adapter is being trained.
func inherited(t *testing.T) SweepParams {
	t.Helper()
	c := carried{Params: params()}
	s := &sweep{p: c.Params}
	s.table()
	for _, st := range s.steps {
		st.State = StateDone
		if st.Lang == "sw" && st.Stage != stageCorpus {
			st.State = StateWaiting
		}
	}
	s.byID[LanguageID("t", "sw")].State, s.byID[LanguageID("t", "sw")].Run = StateRunning, "run-1"
	c.Steps = s.steps
	c.Out = outputs{Corpora: map[string]activities.Corpus{}, Trained: map[string]activities.Trained{}, Evaluated: map[string]activities.Evaluated{}}
	packed, err := activities.Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	return SweepParams{Name: "t", Model: c.Params.Model, Carried: packed}
}

func TestHowAnInheritedChildEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		end   activities.Joined
		want  State
		cause string
		calls int // trainings of its own
	}{
		{"failed", activities.Joined{Failure: "no", Cause: activities.TypeBadInput, Past: []activities.Ended{{Attempt: 1, Cause: "x"}}}, StateFailed, activities.TypeBadInput, 0},
		{"cancelled by hand", activities.Joined{Cancelled: true}, StateCancelled, "", 0},
		{"forgotten by Temporal", activities.Joined{Gone: true}, StateDone, "", 1},
		{"a result that is none", activities.Joined{Result: json.RawMessage(`"x"`)}, StateFailed, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakes()
			f.ends[LanguageID("t", "sw")] = tt.end
			env := newEnv(t, f)
			env.ExecuteWorkflow(LanguageSweep, inherited(t))
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			for _, st := range f.doc.Steps {
				if st.title() == "language sw" && (st.State != tt.want || st.Cause != tt.cause || len(st.Past) != len(tt.end.Past)) {
					t.Errorf("%+v", st)
				}
			}
			if n := f.tries["TrainLanguage sw"]; n != tt.calls {
				t.Errorf("%d trainings", n)
			}
		})
	}
}

// Cancelled, a sweep asks also the children of its earlier history to stop, and waits for them.
func TestInheritedChildrenAreCancelled(t *testing.T) {
	f := newFakes()
	env := newEnv(t, f)
	asked := make(chan struct{})
	f.hold["Join "+LanguageID("t", "sw")] = asked
	f.ends[LanguageID("t", "sw")] = activities.Joined{Cancelled: true}
	env.OnRequestCancelExternalWorkflow(anything, LanguageID("t", "sw"), "run-1").Return(func(string, string, string) error {
		close(asked)
		return nil
	})
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Millisecond)
	env.ExecuteWorkflow(LanguageSweep, inherited(t))
	if err := env.GetWorkflowError(); !temporal.IsCanceledError(err) {
		t.Errorf("ended with %v", err)
	}
	select {
	case <-asked:
	default:
		t.Error("the child was not asked to stop")
	}
}

func TestAStateThatCannotBeReadIsRefused(t *testing.T) {
	env := newEnv(t, newFakes())
	env.ExecuteWorkflow(LanguageSweep, SweepParams{Name: "t", Carried: activities.Packed("x")})
	if err := env.GetWorkflowError(); err == nil || !strings.Contains(err.Error(), "go on with sweep t") {
		t.Errorf("%v", err)
	}
}

// A retry of a sweep that has ended runs what failed and what that kept from running; nothing
// else is even looked at.
func TestAgainRunsOnlyWhatFailed(t *testing.T) {
	f := newFakes()
	f.fail = failing("TrainLanguage sw")
	r, err := runSweep(t, f, params())
	if err != nil || r.Outcome != OutcomeFailures {
		t.Fatal(r.Outcome, err)
	}
	p, err := r.Again()
	if err != nil {
		t.Fatal(err)
	}
	f = newFakes()
	again, err := runSweep(t, f, p)
	if err != nil {
		t.Fatal(err)
	}
	checkStates(t, again.Steps, nil)
	if len(f.looks) != 2 || len(f.tries) != 5 || f.tries["TrainLanguage sw"] != 1 || f.tries["Evaluate sw"] != 1 || f.tries["Publish"] != 1 {
		t.Errorf("calls %v", f.tries)
	}
	if again.Outcome != OutcomeCompleted || len(again.Results) != 3 || len(again.Corpora) != 3 || len(again.Adapters) != 6 ||
		!strings.Contains(again.Results[2].Ref.Digest, "target language(sw,corpus(sw)") {
		t.Errorf("%s: %d results, %d corpora, %d adapters", again.Outcome, len(again.Results), len(again.Corpora), len(again.Adapters))
	}
}

// An artifact that the store has lost is made again by the stage that made it, then what needs it goes on.
func TestALostInputIsMadeAgain(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, attempt int) error {
		if call == "TrainLanguage sw" && attempt == 1 {
			return temporal.NewNonRetryableApplicationError("input corpus is gone", activities.TypeInputLost, nil)
		}
		return nil
	}
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	checkStates(t, r.Steps, nil)
	if f.tries["BuildCorpus sw"] != 2 || f.tries["TrainLanguage sw"] != 2 || f.tries["BuildCorpus de"] != 1 {
		t.Errorf("calls %v", f.tries)
	}
	f = newFakes()
	f.fail = func(call string, _ int) error {
		if call == "TrainLanguage sw" {
			return temporal.NewNonRetryableApplicationError("input model is gone", activities.TypeInputLost, nil)
		}
		return nil
	}
	if r, err = runSweep(t, f, params()); err != nil || r.Outcome != OutcomeFailures || f.tries["TrainLanguage sw"] != 1+maxMends {
		t.Errorf("%s after %d attempts, %v", r.Outcome, f.tries["TrainLanguage sw"], err)
	}
}

// Hundreds of languages fit into what one workflow may pass to the next, and into a result: payloads of 2 MB.
func TestLargeSweepsFitIntoPayloads(t *testing.T) {
	p := params()
	p.Targets, p.Wikis = nil, nil
	digest := func(s string) activities.Ref {
		key, err := activities.Key("test", s)
		if err != nil {
			t.Fatal(err)
		}
		return activities.Ref{Prefix: "artifacts/language/" + key, URI: "s3://madx/artifacts/language/" + key, Digest: key}
	}
	s, err := newSweep(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		lang := "x" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		p.Targets = append(p.Targets, lang)
		p.Wikis = append(p.Wikis, Wiki{Lang: lang, Wiki: lang + "wiki", Mirror: "https://dumps.wikimedia.org", Date: "latest"})
		p.Tasks[0].Test[lang] = []activities.Data{{Ref: digest("data " + lang), File: "test.iob2", Format: "iob2"}}
	}
	s.p = p
	s.table()
	for _, st := range s.steps {
		st.finished(false, 1, nil, 1000, "20000 steps, 12345 tokens/s, loss 1.234")
		switch st.kind() {
		case stageCorpus:
			s.out.Corpora[st.ID] = activities.Corpus{Lang: st.Lang, Ref: digest(st.ID), Rows: 1e6}
		case stageZeroShot:
			s.out.Evaluated[st.ID] = activities.Evaluated{Ref: digest(st.ID), Lang: st.Lang, Rows: make([]activities.Row, 3)}
		default:
			s.out.Trained[st.ID] = activities.Trained{Ref: digest(st.ID), Steps: 20000, Attempt: 1}
		}
	}
	whole, err := activities.Pack(carried{Params: s.p, Steps: s.steps, Out: s.out})
	if err != nil {
		t.Fatal(err)
	}
	result, err := activities.Pack(s.result())
	if err != nil {
		t.Fatal(err)
	}
	const limit = 2 << 20 * 3 / 4 // base64 makes four bytes of three
	if len(whole) > limit || len(result) > limit {
		t.Errorf("1000 languages: %d bytes to go on with, %d bytes of results", len(whole), len(result))
	}
	progress, err := s.progress()
	if err != nil {
		t.Fatal(err)
	}
	if body, err := json.Marshal(progress); err != nil || len(body) > 2<<20 {
		t.Errorf("1000 languages: the progress has %d bytes", len(body))
	}
	t.Logf("1000 languages: %d bytes carried, %d of results", len(whole), len(result))
}
