package workflows

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// testsuite environments take workflows as workers do.
var _ worker.WorkflowRegistry = (*testsuite.TestWorkflowEnvironment)(nil)

func TestSweepWiresEveryStep(t *testing.T) {
	f := newFakes()
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != OutcomeCompleted || len(r.Corpora) != 3 || len(r.Adapters) != 6 || r.Document != "s3://b/sweeps/t" {
		t.Errorf("outcome %q, %d corpora, %d adapters, document %q", r.Outcome, len(r.Corpora), len(r.Adapters), r.Document)
	}
	checkStates(t, r.Steps, nil)
	head := "head(en+de+sw)"
	lang := func(l string) string { return "language(" + l + ",corpus(" + l + ")," + head + ")" }
	stack, alone := "task(ner,"+lang("en")+")", "task(ner,-)"
	var want []string
	for l, target := range map[string]string{"en": "-", "de": lang("de"), "sw": lang("sw")} {
		want = append(want, fmt.Sprintf("eval(%s|stack %s|alone %s|source %s|target %s)", l, stack, alone, lang("en"), target))
	}
	for i, l := range []string{"en", "de", "sw"} {
		got := r.Results[i]
		if got.Lang != l || !strings.Contains(strings.Join(want, "\n"), got.Ref.Digest) {
			t.Errorf("result %d: %s", i, got.Ref.Digest)
		}
	}
	if want := "corpus(sw,dump(swwiki,latest,http://m),tok,32)"; r.Corpora[2].Ref.Digest != want {
		t.Errorf("corpus %s, want %s", r.Corpora[2].Ref.Digest, want)
	}
	if r.Adapters["language/de"].Steps != 10 || r.Adapters["language/sw"].Steps != 20 {
		t.Errorf("steps %d and %d", r.Adapters["language/de"].Steps, r.Adapters["language/sw"].Steps)
	}
}

func TestBaseWithItsOwnHeadTrainsNone(t *testing.T) {
	f := newFakes()
	p := params()
	p.Model.HasMLMHead = true
	r, err := runSweep(t, f, p)
	if err != nil {
		t.Fatal(err)
	}
	if f.tries["TrainMLMHead"] != 0 || r.Adapters["language/sw"].Ref.Digest != "language(sw,corpus(sw),-)" {
		t.Errorf("%d heads trained, adapter %s", f.tries["TrainMLMHead"], r.Adapters["language/sw"].Ref.Digest)
	}
	if _, there := states(r.Steps)["mlm-head"]; there {
		t.Error("there is a step for the head")
	}
}

// Each pair: the first call waits until the second has begun, so the sweep ends well only when the second does not wait
// for the first.
func TestStepsThatNeedNotWaitDoNot(t *testing.T) {
	for _, tt := range []struct{ holds, until string }{
		{"TrainLanguage sw", "TrainTask ner"},       // a task adapter needs the source's adapter only
		{"TrainLanguage sw", "Evaluate de"},         // an evaluation needs its own target's
		{"TrainLanguage sw", "Evaluate en"},         // the source language needs no target
		{"Download en", "TrainTask ner alone"},      // the baseline needs nothing
		{"Download en", "BuildCorpus sw"},           // corpora do not wait for each other
		{"Download en", "Download sw"},              //
		{"TrainTask ner", "TrainLanguage sw"},       // nor languages for tasks
		{"TrainLanguage de", "TrainLanguage sw"},    // nor languages for each other
		{"TrainTask ner alone", "TrainTask ner"},    //
		{"Evaluate en", "Evaluate sw"},              //
		{"TrainTask ner alone", "TrainLanguage en"}, //
		{"TrainTask ner alone", "TrainMLMHead"},     //
		{"TrainTask ner alone", "Download sw"},      //
		{"BuildCorpus en", "BuildCorpus de"},        //
		{"TrainTask ner alone", "TrainLanguage sw"}, //
		{"TrainLanguage de", "Evaluate sw"},         //
		{"TrainLanguage de", "TrainTask ner"},       //
		{"Evaluate sw", "Evaluate de"},              //
		{"TrainLanguage sw", "TrainTask ner alone"}, //
		{"TrainMLMHead", "TrainTask ner alone"},     //
		{"BuildCorpus sw", "TrainTask ner alone"},   //
		{"Download sw", "BuildCorpus en"},           //
	} {
		t.Run(tt.until+" beside "+tt.holds, func(t *testing.T) {
			f := newFakes()
			f.hold[tt.holds] = f.begun(tt.until)
			r, err := runSweep(t, f, params())
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != OutcomeCompleted {
				t.Errorf("outcome %q: %+v", r.Outcome, r.Steps)
			}
		})
	}
}

// The calls each step needs to have ended before it begins.
func TestStepsThatMustWaitDo(t *testing.T) {
	f := newFakes()
	ended := map[string]bool{}
	needs := map[string][]string{
		"BuildCorpus sw":   {"Download sw"},
		"TrainMLMHead":     {"BuildCorpus en", "BuildCorpus de", "BuildCorpus sw"},
		"TrainLanguage sw": {"TrainMLMHead", "BuildCorpus sw"},
		"TrainTask ner":    {"TrainLanguage en"},
		"Evaluate en":      {"TrainTask ner", "TrainTask ner alone", "TrainLanguage en"},
		"Evaluate sw":      {"TrainTask ner", "TrainTask ner alone", "TrainLanguage en", "TrainLanguage sw"},
		"Publish":          {"Evaluate en", "Evaluate de", "Evaluate sw"},
	}
	checked := 0
	f.during = func(call string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, n := range needs[call] {
			checked++
			if !ended[n] {
				t.Errorf("%s began before %s had ended", call, n)
			}
		}
		ended[call] = true
	}
	if _, err := runSweep(t, f, params()); err != nil {
		t.Fatal(err)
	}
	if checked != 17 {
		t.Errorf("%d needs were checked", checked)
	}
}

// failing makes some calls fail for good.
func failing(calls ...string) func(string, int) error {
	return func(call string, _ int) error {
		for _, c := range calls {
			if c == call {
				return temporal.NewNonRetryableApplicationError(call+" is broken", activities.TypeBadInput, nil)
			}
		}
		return nil
	}
}

func TestFailuresTakeAlongOnlyWhatNeedsThem(t *testing.T) {
	evals := []string{"zero-shot ner en", "zero-shot ner de", "zero-shot ner sw"}
	tests := []struct {
		name            string
		fail            []string
		failed, blocked []string
		results         int
		cause           string // in the failed step and those that it blocks
	}{
		{"a target's adapter", []string{"TrainLanguage sw"}, []string{"language sw"}, []string{"zero-shot ner sw"}, 2, "TrainLanguage sw is broken"},
		{"a target's dump", []string{"Download sw"}, []string{"corpus sw"}, []string{"language sw", "zero-shot ner sw"}, 2, "Download sw is broken"},
		{"the source's adapter", []string{"TrainLanguage en"}, []string{"language en"}, append(evals, "task ner en"), 0, "TrainLanguage en is broken"},
		{"the source's corpus", []string{"BuildCorpus en"}, []string{"corpus en"}, append(evals, "language en", "task ner en"), 0, "BuildCorpus en is broken"},
		{"the head", []string{"TrainMLMHead"}, []string{"mlm-head"},
			append(evals, "language en", "language de", "language sw", "task ner en"), 0, "TrainMLMHead is broken"},
		{"the task adapter", []string{"TrainTask ner"}, []string{"task ner en"}, evals, 0, "TrainTask ner is broken"},
		{"the baseline", []string{"TrainTask ner alone"}, []string{"task alone ner en"}, nil, 3, "TrainTask ner alone is broken"},
		{"one evaluation", []string{"Evaluate de"}, []string{"zero-shot ner de"}, nil, 2, "Evaluate de is broken"},
		{"every corpus", []string{"Download en", "Download de", "Download sw"}, []string{"corpus en", "corpus de", "corpus sw"},
			append(evals, "mlm-head", "language en", "language de", "language sw", "task ner en"), 0, "is broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakes()
			f.fail = failing(tt.fail...)
			r, err := runSweep(t, f, params())
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != OutcomeFailures || len(r.Results) != tt.results || f.doc == nil || f.doc.Outcome != OutcomeFailures {
				t.Errorf("outcome %q with %d results", r.Outcome, len(r.Results))
			}
			want := map[string]State{}
			for _, s := range tt.failed {
				want[s] = StateFailed
			}
			for _, s := range tt.blocked {
				want[s] = StateBlocked
			}
			checkStates(t, r.Steps, want)
			for _, st := range r.Steps {
				if bad := st.State != StateDone; bad != strings.Contains(st.Error, tt.cause) {
					t.Errorf("%s is %s: %q", st.title(), st.State, st.Error)
				}
			}
		})
	}
}

func TestWithoutItsBaselineAResultLacksARow(t *testing.T) {
	f := newFakes()
	f.fail = failing("TrainTask ner alone")
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Results {
		if !strings.Contains(e.Ref.Digest, "|alone -|") {
			t.Errorf("evaluated with %s", e.Ref.Digest)
		}
	}
}

// A corpus that cannot be made is left out of the head's text; the others' languages go on.
func TestHeadTrainsOnTheCorporaThereAre(t *testing.T) {
	f := newFakes()
	f.fail = failing("Download de")
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Adapters["mlm-head"].Ref.Digest; got != "head(en+sw)" {
		t.Errorf("head %s", got)
	}
}

func TestTransientFailuresAreRetried(t *testing.T) {
	for _, typ := range []string{activities.TypePreempted, activities.TypeDevice, activities.TypeStalled, activities.TypeStore} {
		t.Run(typ, func(t *testing.T) {
			f := newFakes()
			f.fail = func(_ string, attempt int) error {
				if attempt < 3 {
					return temporal.NewApplicationError("not today", typ)
				}
				return nil
			}
			r, err := runSweep(t, f, params())
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != OutcomeCompleted || r.Adapters["language/sw"].Attempt != 3 {
				t.Errorf("outcome %q, attempt %d", r.Outcome, r.Adapters["language/sw"].Attempt)
			}
		})
	}
}

func TestPreemptedOftenIsNoFailure(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, attempt int) error {
		if call == "TrainLanguage sw" && attempt < 80 {
			return temporal.NewApplicationError("gone", activities.TypePreempted)
		}
		return nil
	}
	if r, err := runSweep(t, f, params()); err != nil || r.Outcome != OutcomeCompleted {
		t.Errorf("outcome %q, %v", r.Outcome, err)
	}
}

func TestBadInputIsNotRetried(t *testing.T) {
	for _, typ := range neverRetried {
		if typ == activities.TypeOutOfMemory || typ == activities.TypeInputLost {
			continue // the workflow halves the micro-batch, the sweep makes the input again
		}
		f := newFakes()
		f.fail = func(call string, _ int) error {
			if call == "TrainLanguage sw" {
				return temporal.NewApplicationError("no", typ) // by the policy, whatever the error says
			}
			return nil
		}
		if _, err := runSweep(t, f, params()); err != nil {
			t.Fatal(err)
		}
		if n := f.tries["TrainLanguage sw"]; n != 1 {
			t.Errorf("%s: %d attempts", typ, n)
		}
	}
}

func TestOutOfMemoryHalvesTheMicroBatch(t *testing.T) {
	tests := []struct {
		name         string
		batch, micro int
		fits         int // micro-batch from which it fits; 0 means never
		want         []int
	}{
		{"halved twice", 8, 0, 2, []int{0, 4, 2}},
		{"from the given one", 8, 6, 2, []int{6, 3, 1}},
		{"never fits", 8, 0, 0, []int{0, 4, 2, 1}},
		{"nothing to halve", 1, 0, 0, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakes()
			p := params()
			p.Language.Train.Batch, p.Language.Train.MicroBatch = tt.batch, tt.micro
			f.fail = func(call string, _ int) error {
				if call != "TrainLanguage sw" {
					return nil
				}
				f.mu.Lock()
				defer f.mu.Unlock()
				m := f.micro[call][len(f.micro[call])-1]
				if m > 0 && m <= tt.fits {
					return nil
				}
				return temporal.NewApplicationError("out of memory", activities.TypeOutOfMemory)
			}
			r, err := runSweep(t, f, p)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.micro["TrainLanguage sw"]; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("micro-batches %v, want %v", got, tt.want)
			}
			if failed := states(r.Steps)["language sw"] == StateFailed; failed != (tt.fits == 0) {
				t.Errorf("language sw is %s", states(r.Steps)["language sw"])
			}
		})
	}
}

func TestCachedStepsAreSeenAsSuch(t *testing.T) {
	var st Step
	st.finished(true, 1, nil, 0, "")
	if st.State != StateCached {
		t.Error(st.State)
	}
}

// The sweep is asked while a step waits for its next attempt.
func TestProgressTellsWhereEveryStepIs(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, attempt int) error {
		if call == "TrainLanguage sw" && attempt == 1 {
			return temporal.NewApplicationError("once more", activities.TypeDevice)
		}
		return nil
	}
	env := newEnv(t, f)
	var seen Progress
	env.RegisterDelayedCallback(func() {
		v, err := env.QueryWorkflow(QueryProgress)
		if err == nil {
			err = v.Get(&seen)
		}
		if err != nil {
			t.Error(err)
		}
	}, 500*time.Millisecond)
	env.ExecuteWorkflow(LanguageSweep, params())
	if seen.Sweep != "t" || seen.Outcome != OutcomeRunning || len(seen.Steps) != 12 {
		t.Fatalf("progress %+v", seen)
	}
	got := states(seen.Steps)
	if got["language sw"] != StateRunning || got["zero-shot ner sw"] != StateWaiting || got["corpus sw"] != StateDone {
		t.Errorf("states %v", got)
	}
	for _, st := range seen.Steps {
		if st.Stage == "language" && st.Lang == "en" && st.Note != "10 steps, 1000 tokens/s, loss 2.500" {
			t.Errorf("note %q", st.Note)
		}
	}
	v, err := env.QueryWorkflow(QueryProgress)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Get(&seen); err != nil || seen.Outcome != OutcomeCompleted || len(seen.Results) != 3 {
		t.Errorf("in the end %q with %d results, %v", seen.Outcome, len(seen.Results), err)
	}
}

func TestCancelledSweepWaitsForItsSteps(t *testing.T) {
	f := newFakes()
	f.fail = func(call string, _ int) error {
		if call == "TrainLanguage sw" {
			return temporal.NewApplicationError("for ever", activities.TypeDevice)
		}
		return nil
	}
	env := newEnv(t, f)
	env.RegisterDelayedCallback(env.CancelWorkflow, 10*time.Second)
	var seen Progress
	env.SetOnChildWorkflowCanceledListener(func(info *workflow.Info) {
		if env.IsWorkflowCompleted() {
			t.Errorf("the sweep ended before %s", info.WorkflowExecution.ID)
		}
	})
	env.ExecuteWorkflow(LanguageSweep, params())
	if err := env.GetWorkflowError(); !temporal.IsCanceledError(err) {
		t.Fatalf("ended with %v", err)
	}
	v, err := env.QueryWorkflow(QueryProgress)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Get(&seen); err != nil || seen.Outcome != OutcomeCancelled {
		t.Fatalf("outcome %q, %v", seen.Outcome, err)
	}
	checkStates(t, seen.Steps, map[string]State{"language sw": StateCancelled, "zero-shot ner sw": StateCancelled})
	if f.doc != nil {
		t.Error("a cancelled sweep published results")
	}
}

func TestIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	f := newFakes()
	r, err := runSweep(t, f, params())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range r.Steps {
		if seen[st.ID] || !strings.HasPrefix(st.ID, SweepID("t")+"/") {
			t.Errorf("id %q", st.ID)
		}
		seen[st.ID] = true
	}
}
