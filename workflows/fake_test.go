package workflows

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"madx/activities"
	"madx/trainer/spec"
)

// fakeActivities stand in for the real ones under the same names. What they make is named after what it was made from,
// such as "language(sw,corpus(sw),head)", so that the last name tells whether every step got the right inputs.
type fakeActivities struct {
	mu     sync.Mutex
	fail   func(call string, attempt int) error // tells how a call ends
	during func(call string)                    // called while an activity runs
	tries  map[string]int                       // attempts by call
	micro  map[string][]int                     // micro-batches by call
	doc    *SweepResult                         // what was published
	hold   map[string]<-chan struct{}           // a call waits for this
	began  map[string]chan struct{}             // closed when a call begins
	ends   map[string]activities.Joined         // of children that are joined, by id
	stored map[string]bool                      // stages whose artifacts are in the store
	looks  []string                             // "queue stage" of every look
}

func newFakes() *fakeActivities {
	return &fakeActivities{tries: map[string]int{}, micro: map[string][]int{}, hold: map[string]<-chan struct{}{},
		began: map[string]chan struct{}{}, ends: map[string]activities.Joined{}}
}

// begun returns a channel that is closed when a call begins.
func (f *fakeActivities) begun(call string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.began[call] == nil {
		f.began[call] = make(chan struct{})
	}
	return f.began[call]
}

// patience bounds how long a call waits for another: a workflow that waits for the wrong step never starts it.
const patience = 20 * time.Second

func (f *fakeActivities) call(name string) error {
	f.begun(name)
	f.mu.Lock()
	f.tries[name]++
	attempt := f.tries[name]
	if attempt == 1 {
		close(f.began[name])
	}
	hold, fail, during := f.hold[name], f.fail, f.during
	f.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-time.After(patience):
			return temporal.NewNonRetryableApplicationError(name+" waited in vain", "Test", nil)
		}
	}
	if during != nil {
		during(name)
	}
	if fail != nil {
		return fail(name, attempt)
	}
	return nil
}

func ref(digest string) activities.Ref { return activities.Ref{Prefix: "p/" + digest, Digest: digest} }

func digest(r *activities.Ref) string {
	if r == nil {
		return "-"
	}
	return r.Digest
}

func (f *fakeActivities) Download(_ context.Context, in activities.DownloadInput) (activities.Dump, error) {
	return activities.Dump{Ref: ref(fmt.Sprintf("dump(%s,%s,%s)", in.Wiki, in.Date, in.Mirror))}, f.call("Download " + in.Lang)
}

func (f *fakeActivities) BuildCorpus(_ context.Context, in activities.CorpusInput) (activities.Corpus, error) {
	d := fmt.Sprintf("corpus(%s,%s,%s,%d)", in.Lang, in.Dump.Digest, in.Tokenizer.Digest, in.SeqLen)
	return activities.Corpus{Lang: in.Lang, Ref: ref(d), Rows: 10, HeldOut: 1}, f.call("BuildCorpus " + in.Lang)
}

func (f *fakeActivities) trained(call, made string, train spec.Train) (activities.Trained, error) {
	f.mu.Lock()
	f.micro[call] = append(f.micro[call], train.MicroBatch)
	f.mu.Unlock()
	if err := f.call(call); err != nil {
		return activities.Trained{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return activities.Trained{Ref: ref(made), Steps: train.Steps, Attempt: f.tries[call], TokensPerS: 1000, Loss: 2.5}, nil
}

func (f *fakeActivities) TrainMLMHead(_ context.Context, in activities.MLMHeadInput) (activities.Trained, error) {
	var langs []string
	for _, c := range in.Corpora {
		langs = append(langs, c.Lang)
	}
	return f.trained("TrainMLMHead", "head("+strings.Join(langs, "+")+")", in.Train)
}

func (f *fakeActivities) TrainLanguage(_ context.Context, in activities.LanguageInput) (activities.Trained, error) {
	lang := in.Adapter.Lang
	corpus, _, _ := strings.Cut(in.Corpus.Ref.Digest, ",")
	return f.trained("TrainLanguage "+lang, fmt.Sprintf("language(%s,%s),%s)", lang, corpus, digest(in.MLMHead)), in.Train)
}

func (f *fakeActivities) TrainTask(_ context.Context, in activities.TaskInput) (activities.Trained, error) {
	call := "TrainTask " + in.Task.Adapter.Name
	if in.Source == nil {
		call += " alone"
	}
	made := fmt.Sprintf("task(%s,%s)", in.Task.Adapter.Name, digest(in.Source))
	if len(in.Data) > 0 && in.Data[0].Ref.Digest != "train" {
		call, made = call+" on "+in.Data[0].Ref.Digest, made+" on "+in.Data[0].Ref.Digest
	}
	if in.From != nil {
		made += " from " + in.From.Digest
	}
	return f.trained(call, made, in.Train)
}

func (f *fakeActivities) Evaluate(_ context.Context, in activities.EvaluateInput) (activities.Evaluated, error) {
	made := fmt.Sprintf("eval(%s|stack %s|alone %s|source %s|target %s)", in.Lang, in.Stack.Digest, digest(in.Alone), in.Source.Digest, digest(in.Target))
	return activities.Evaluated{Ref: ref(made), Task: string(in.Task), Lang: in.Lang, Rows: []activities.Row{{Row: "source_kept", Score: 0.5}}, Attempt: 1},
		f.call("Evaluate " + in.Lang)
}

func (f *fakeActivities) Publish(_ context.Context, in activities.PublishInput) (string, error) {
	f.mu.Lock()
	f.doc = &SweepResult{}
	err := in.Document.Unpack(f.doc)
	f.mu.Unlock()
	if err != nil {
		return "", err
	}
	return "s3://b/sweeps/" + in.Sweep, f.call("Publish")
}

func (f *fakeActivities) look(ctx context.Context, in activities.Wanted) (bool, error) {
	f.mu.Lock()
	f.looks = append(f.looks, activity.GetInfo(ctx).TaskQueue+" "+in.Stage)
	stored := f.stored[in.Stage]
	f.mu.Unlock()
	return stored, f.call("Find " + in.Stage)
}

func (f *fakeActivities) FindTrained(ctx context.Context, in activities.Wanted) (out activities.Found[activities.Trained], err error) {
	out.It = activities.Trained{Ref: ref("stored " + in.Key[:4]), Cached: true}
	out.There, err = f.look(ctx, in)
	return out, err
}

func (f *fakeActivities) FindEvaluated(ctx context.Context, in activities.Wanted) (out activities.Found[activities.Evaluated], err error) {
	out.It = activities.Evaluated{Ref: ref("stored " + in.Key[:4]), Cached: true, Lang: "x", Rows: []activities.Row{{Row: "source_kept", Score: 0.5}}}
	out.There, err = f.look(ctx, in)
	return out, err
}

// Join waits for a child that the test has prepared an end for.
func (f *fakeActivities) Join(_ context.Context, in activities.JoinInput) (activities.Joined, error) {
	err := f.call("Join " + in.ID)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ends[in.ID], err
}

// params is a sweep from English to German and Swahili with one task.
func params() SweepParams {
	p := SweepParams{Name: "t", Model: activities.Model{Ref: ref("model"), Name: "m", Digest: "m", Tokenizer: ref("tok")},
		Source: "en", Targets: []string{"de", "sw"}, Seed: 1,
		Corpus:   activities.CorpusInput{SeqLen: 32},
		MLMHead:  spec.Train{Steps: 5, Batch: 8},
		Language: LanguageParams{Train: spec.Train{Steps: 10, Batch: 8}, Steps: map[string]int{"sw": 20}},
	}
	for _, lang := range p.Languages() {
		p.Wikis = append(p.Wikis, Wiki{Lang: lang, Wiki: lang + "wiki", Mirror: "http://m", Date: "latest"})
	}
	data := func(name string) []activities.Data {
		return []activities.Data{{Ref: ref(name), File: "f", Format: "iob2"}}
	}
	p.Tasks = []TaskParams{{Name: "ner", Task: spec.TaskAdapter{Task: spec.TaskNER, Adapter: spec.Adapter{Name: "ner"}}, Data: data("train"),
		Test:  map[string][]activities.Data{"en": data("en"), "de": data("de"), "sw": data("sw")},
		Train: spec.Train{Steps: 3, Batch: 4}}}
	return p
}

// newEnv is a Temporal that skips time, with the workflows and the fakes.
func newEnv(t *testing.T, f *fakeActivities) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(tlog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * patience)
	Register(env)
	env.RegisterActivity(f)
	return env
}

// runSweep runs a sweep to its end and returns what it published.
func runSweep(t *testing.T, f *fakeActivities, p SweepParams) (SweepResult, error) {
	t.Helper()
	env := newEnv(t, f)
	env.ExecuteWorkflow(LanguageSweep, p)
	if !env.IsWorkflowCompleted() {
		t.Fatal("the sweep did not end")
	}
	if err := env.GetWorkflowError(); err != nil {
		return SweepResult{}, err
	}
	var end SweepEnd
	if err := env.GetWorkflowResult(&end); err != nil {
		t.Fatal(err)
	}
	if f.doc == nil || end.Outcome != f.doc.Outcome || end.Document == "" {
		t.Fatalf("ended with %+v, published %+v", end, f.doc)
	}
	r := *f.doc
	r.Document = end.Document
	return r, nil
}

// states maps "stage task lang" to a step's state.
func states(steps []Step) map[string]State {
	out := map[string]State{}
	for _, st := range steps {
		out[st.title()] = st.State
	}
	return out
}

// checkStates compares all steps' states; those not named are done.
func checkStates(t *testing.T, steps []Step, want map[string]State) {
	t.Helper()
	got := states(steps)
	for name, state := range got {
		w, named := want[name]
		if !named {
			w = StateDone
		}
		if state != w {
			t.Errorf("%s is %s, want %s", name, state, w)
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			t.Errorf("there is no step %q among %v", name, got)
		}
	}
}
