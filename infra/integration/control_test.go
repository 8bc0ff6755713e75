package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"

	"madx/examples/demo"
	"madx/infra/integration/fixture"
	"madx/workflows"
)

// eventsOfAHistory is when the server of the test asks for a fresh history: many times in a sweep.
const eventsOfAHistory = 60

// longSteps are those of the training that is disturbed: it stands still for most of the test.
const longSteps = 600

// Everything that a person can do with a running sweep, one after the other in mid-training, while the sweep's history is
// begun anew again and again.
func TestControlOfARunningSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole stack: left out by -short")
	}
	s := startWith(t, shortHistories(t))
	s.startWorker()
	mirror, folder := inputs(t, s.dir)
	withHead(t, filepath.Join(s.dir, "model")) // one of the sweep's own would be another with every language
	addWiki(t, folder, "itwiki")
	file := longSweep(t, s.dir, mirror, "sw", "fr")
	s.run("sweep", "start", file)
	trainer := s.training("de")
	s.signal(trainer, syscall.SIGSTOP)
	s.says("runs already: attached to it", "sweep", "start", file)

	// A language that failed for good, one more, one that waits for the device asked to begin anew, one less.
	s.untilState("corpus fr", workflows.StateFailed)
	addWiki(t, folder, "frwiki")
	s.says("corpus fr", "sweep", "retry", "tiny", "--lang", "fr")
	s.untilState("corpus fr", workflows.StateDone)
	more := longSweep(t, s.dir, mirror, "fr", "it")
	s.says("zero-shot ner it", "sweep", "add", "tiny", "-f", more, "--lang", "it")
	s.untilState("language it", workflows.StateRunning)
	before := s.step("language it").Run
	s.says("language it", "sweep", "retry", "tiny", "--lang", "it")
	s.until("it has begun anew", s.worker, func() bool {
		st := s.step("language it")
		return st.State == workflows.StateRunning && st.Run != before && st.Run != ""
	})
	s.says("zero-shot ner sw", "sweep", "remove", "tiny", "--lang", "sw")

	// A paused training has left its device; resumed it goes on. The pause outlives the history.
	s.stops(trainer, "language de", "sweep", "pause", "tiny")
	s.untilState("language de", workflows.StatePaused)
	run := s.runID()
	for i := 0; s.runID() == run; i++ {
		if i == eventsOfAHistory {
			t.Fatal("no fresh history: is bin/madx-devstack older than this test? make build")
		}
		s.says("parallelism", "sweep", "set", "tiny", "--parallelism", fmt.Sprint(100+i%2))
	}
	if p := s.progress(); !p.Paused || p.Outcome != workflows.OutcomePaused || s.trainer("language") != 0 {
		t.Errorf("in the next history: %s, paused %v, trainer %d", p.Outcome, p.Paused, s.trainer("language"))
	}
	s.says("language de", "sweep", "resume", "tiny")
	trainer = s.training("de")
	s.signal(trainer, syscall.SIGSTOP)
	if past := s.step("language de").Past; len(past) != 1 || past[0].Cause != "Paused" {
		t.Errorf("attempts before: %+v", past)
	}

	// Cancelled, it leaves its checkpoint, from which the next start goes on.
	s.stops(trainer, "is stopping", "sweep", "cancel", "tiny")
	s.until("the sweep has ended", s.worker, func() bool { return s.progress().Outcome == workflows.OutcomeCancelled })
	if n := s.histories(); n < 3 {
		t.Errorf("the sweep had %d histories: too few to have seen anything", n)
	}
	r := s.sweep(more)
	if r.Outcome != workflows.OutcomeCompleted || len(r.Results) != 3 || len(r.Adapters) != 5 {
		t.Fatalf("%s, %d results, %d adapters", r.Outcome, len(r.Results), len(r.Adapters))
	}
	if a := r.Adapters["language/de"]; a.Cached || a.Resumed == 0 || a.Steps != longSteps {
		t.Errorf("the source's adapter after a pause and a cancellation: %+v", a)
	}
	s.drop("artifacts/language/")
	for name, a := range s.sweep(more).Adapters {
		if a.Resumed != 0 || a.Ref.Digest != r.Adapters[name].Ref.Digest {
			t.Errorf("%s undisturbed: resumed from %d, other bytes %v", name, a.Resumed, a.Ref.Digest != r.Adapters[name].Ref.Digest)
		}
	}
	s.noOrphans()
}

// withHead gives the tests' model its masked-LM head back.
func withHead(t *testing.T, dir string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(fixture.Root(t), "trainer", "model", "testdata", "parity", "xlmr", "model", "model.safetensors"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "model.safetensors"), body, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// shortHistories is the development profile with a server that asks for fresh histories early.
func shortHistories(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	settings, path := filepath.Join(dir, "dynamic.yaml"), filepath.Join(dir, "profile.yaml")
	profile, err := os.ReadFile(filepath.Join(fixture.Root(t), "temporal-dev.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	profile = fmt.Appendf(profile, "\ndynamicConfigClient: {filepath: %s, pollInterval: 1m}\n", settings)
	for name, body := range map[string][]byte{path: profile, settings: fmt.Appendf(nil, "limit.historyCount.suggestContinueAsNew:\n  - value: %d\n", eventsOfAHistory)} {
		if err := os.WriteFile(name, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// longSweep writes the tests' sweep with other targets. Its source trains long enough to be disturbed, the others shortly.
func longSweep(t *testing.T, dir, mirror string, targets ...string) string {
	t.Helper()
	const testLine = "      sw: [{path: ner/sw.iob2, format: iob2}]\n"
	var steps, tests []string
	for _, lang := range targets {
		steps = append(steps, lang+": 20")
		tests = append(tests, strings.Replace(testLine, "sw:", lang+":", 1))
	}
	body := strings.NewReplacer("targets: [sw]", "targets: ["+strings.Join(targets, ", ")+"]",
		"steps: 300,", fmt.Sprintf("steps: %d,", longSteps)+" steps_by_language: {"+strings.Join(steps, ", ")+"},",
		testLine, strings.Join(tests, "")).Replace(fmt.Sprintf(sweepFile, mirror))
	file := filepath.Join(dir, strings.Join(targets, "-")+".yaml")
	if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// addWiki gives a mirror one wiki more, with the text of the demonstration's German one.
func addWiki(t *testing.T, dir, wiki string) {
	t.Helper()
	body, err := demo.Files.ReadFile("wiki/dewiki.xml")
	if err != nil {
		t.Fatal(err)
	}
	fixture.AddDump(t, dir, wiki, fixture.Date, string(body))
}

// says runs a command and looks for what it is to print.
func (s *stack) says(want string, args ...string) {
	s.t.Helper()
	if out := s.run(args...); !strings.Contains(string(out), want) {
		s.t.Errorf("madx %s does not say %q:\n%s", strings.Join(args, " "), want, out)
	}
}

func (s *stack) progress() (p workflows.Progress) {
	s.t.Helper()
	out := s.run("sweep", "status", "tiny", "-o", "json")
	if err := json.Unmarshal(out, &p); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return p
}

// step returns a step by its title, such as "language de".
func (s *stack) step(title string) workflows.Step {
	s.t.Helper()
	p := s.progress()
	i := slices.IndexFunc(p.Steps, func(st workflows.Step) bool {
		return strings.Join(strings.Fields(st.Stage+" "+st.Task+" "+st.Lang), " ") == title
	})
	if i < 0 {
		s.t.Fatalf("there is no step %s: %+v", title, p.Steps)
	}
	return p.Steps[i]
}

func (s *stack) untilState(title string, state workflows.State) {
	s.t.Helper()
	s.until(title+" is "+string(state), s.worker, func() bool { return s.step(title).State == state })
}

// training waits for the trainer of a language that has written a checkpoint of its own and returns its process.
func (s *stack) training(lang string) (pid int) {
	s.t.Helper()
	s.until("language "+lang+" is trained", s.worker, func() bool {
		pid = s.trainer("language")
		return pid > 0 && s.written(pid, lang)
	})
	return pid
}

// written tells whether a trainer is of a language and has written a checkpoint.
func (s *stack) written(pid int, lang string) bool {
	for _, arg := range strings.Fields(fixture.CommandLine(pid)) {
		spec, err := os.ReadFile(arg)
		if err != nil || filepath.Base(arg) != "spec.json" || !strings.Contains(string(spec), `"lang": "`+lang+`"`) {
			continue
		}
		found, err := filepath.Glob(filepath.Join(filepath.Dir(arg), "checkpoints", "step-*"))
		return err == nil && len(found) > 0
	}
	return false
}

func (s *stack) signal(pid int, sig syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		s.t.Fatal(err)
	}
}

// stops runs a command that stops the source's training, whose trainer stands still: it goes on when its worker has heard
// of it, which it does with a heartbeat, and has to write its checkpoint and end.
func (s *stack) stops(trainer int, says string, args ...string) {
	s.t.Helper()
	s.says(says, args...)
	told := time.Now()
	s.until("the worker has heard of it", s.worker, func() bool {
		d, err := s.temporal().DescribeWorkflowExecution(s.t.Context(), workflows.LanguageID("tiny", "de"), "")
		if err != nil {
			s.t.Fatal(err)
		}
		return len(d.GetPendingActivities()) > 0 && d.GetPendingActivities()[0].GetLastHeartbeatTime().AsTime().After(told)
	})
	s.signal(trainer, syscall.SIGCONT)
	s.untilGone(trainer)
}

func (s *stack) untilGone(pid int) {
	s.t.Helper()
	s.until("the trainer is gone", s.worker, func() bool { state, _ := fixture.Stat(pid); return state == "" || state == "Z" })
}

// runID is the run of the sweep that is under way.
func (s *stack) runID() string {
	s.t.Helper()
	d, err := s.temporal().DescribeWorkflowExecution(s.t.Context(), workflows.SweepID("tiny"), "")
	if err != nil {
		s.t.Fatal(err)
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

// histories counts those that a sweep which has ended went through.
func (s *stack) histories() (n int) {
	s.t.Helper()
	c := s.temporal()
	d, err := c.DescribeWorkflowExecution(s.t.Context(), workflows.SweepID("tiny"), "")
	if err != nil {
		s.t.Fatal(err)
	}
	for run := d.GetWorkflowExecutionInfo().GetFirstRunId(); run != ""; n++ {
		h := c.GetWorkflowHistory(s.t.Context(), workflows.SweepID("tiny"), run, false, enums.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
		if !h.HasNext() {
			return n
		}
		e, err := h.Next()
		if err != nil {
			s.t.Fatal(err)
		}
		run = e.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
	}
	return n
}
