package workflows

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Why a running step's child was asked to stop.
const (
	stopPause = "pause" // its checkpoint waits for the resume
	stopAgain = "again" // it is started anew
)

// maxMends bounds how often a step has its inputs made again that the store had lost.
const maxMends = 2

// start runs a step in a coroutine of its own.
func (s *sweep) start(ctx workflow.Context, st *Step) {
	st.State = StateRunning
	ctx, cancel := workflow.WithCancel(ctx)
	s.live[st.ID] = cancel
	workflow.Go(ctx, func(ctx workflow.Context) {
		err := s.perform(ctx, st)
		delete(s.live, st.ID)
		s.ended(st, err)
		s.changed = true
	})
}

// stop asks a running step's child to stop; its trainer writes a checkpoint first.
func (s *sweep) stop(st *Step, why string) {
	st.Stop = why
	s.live[st.ID]()
}

// ended notes how a step's child ended. A child that ended well although it was asked to stop is done.
func (s *sweep) ended(st *Step, err error) {
	why := st.Stop
	st.Stop, st.Run = "", ""
	if err == nil {
		return
	}
	f := activities.Why(err)
	st.Past = append(st.Past, f.Past...)
	switch {
	case why == stopAgain:
		st.State = StateWaiting
	case temporal.IsCanceledError(err) && why == stopPause:
		st.State = StatePaused
		st.Past = append(st.Past, activities.Ended{Cause: "Paused"})
	case temporal.IsCanceledError(err):
		st.State = StateCancelled
	case f.Cause == activities.TypeInputLost && st.Mends < maxMends:
		s.mend(st)
	default:
		st.State, st.Error, st.Cause = StateFailed, f.Message, f.Cause
	}
}

// mend has what a step needs made again; what the store still has costs a look.
func (s *sweep) mend(st *Step) {
	st.Mends++
	st.State = StateWaiting
	hard, soft := s.needs(st)
	for _, id := range append(hard, soft...) {
		if need := s.byID[id]; need != nil && need.done() {
			need.State = StateWaiting
		}
	}
}

// perform runs a step's child workflow with what the steps before it made, and keeps what it makes.
func (s *sweep) perform(ctx workflow.Context, st *Step) error {
	name := s.p.Name
	switch st.kind() {
	case stageCorpus:
		return s.corpus(ctx, st, CorpusParams{Sweep: name, Model: s.p.Model.Name, Wiki: s.p.Wiki(st.Lang),
			Texts: s.p.Texts[st.Lang], Tokenizer: s.p.Model.Tokenizer, Corpus: s.p.Corpus})
	case stageHead:
		in := activities.MLMHeadInput{Model: s.p.Model, Train: s.p.MLMHead, Seed: s.p.Seed}
		for _, lang := range s.p.Languages() {
			if id := CorpusID(name, lang); s.byID[id].done() {
				in.Corpora = append(in.Corpora, s.out.corpus(id))
			}
		}
		return s.train(ctx, st, MLMHead, MLMHeadParams{Sweep: name, Input: in})
	case stageLanguage:
		in := s.p.LanguageInput(st.Lang)
		in.Corpus = s.out.corpus(CorpusID(name, st.Lang))
		if !s.p.Model.HasMLMHead {
			in.MLMHead = s.out.ref(MLMHeadID(name))
		}
		return s.train(ctx, st, LanguageAdapter, LanguageAdapterParams{Sweep: name, Input: in})
	case stageTask:
		task, _ := s.p.task(st.Task)
		in := s.p.TaskInput(task)
		if st.Part > 0 {
			in = s.p.StageInput(task, st.Part-1)
		}
		if !st.Alone {
			in.Source = s.out.ref(LanguageID(name, s.p.Source))
		}
		if before := s.before(st); before != "" {
			in.From = s.out.ref(before)
		}
		return s.train(ctx, st, TaskAdapter, TaskAdapterParams{Sweep: name, Name: st.Task, Source: s.p.Source, Input: in})
	case stageZeroShot:
		return s.evaluate(ctx, st)
	}
	return fmt.Errorf("step %s: no such stage as %q", st.ID, st.Stage)
}

func (s *sweep) corpus(ctx workflow.Context, st *Step, p CorpusParams) error {
	var c activities.Corpus
	if err := s.child(ctx, st, Corpus, p, &c); err != nil {
		return err
	}
	s.out.Corpora[st.ID] = c
	st.Warnings = c.Stats.Warnings
	st.finished(c.Cached, 0, nil, 0, fmt.Sprintf("%d rows of %d tokens, %d held out", c.Rows, s.p.Corpus.SeqLen, c.HeldOut))
	return nil
}

func (s *sweep) train(ctx workflow.Context, st *Step, wf, params any) error {
	var t activities.Trained
	if err := s.child(ctx, st, wf, params, &t); err != nil {
		return err
	}
	s.out.Trained[st.ID] = t
	st.Warnings = t.Warnings
	st.finished(t.Cached, t.Attempt, t.Past, t.Seconds, figures(t))
	return nil
}

func (s *sweep) evaluate(ctx workflow.Context, st *Step) error {
	name, source := s.p.Name, s.p.Source
	task, _ := s.p.task(st.Task)
	in := s.p.EvaluateInput(task, st.Lang)
	in.Stack, in.Source = *s.out.ref(TaskID(name, st.Task, false)), *s.out.ref(LanguageID(name, source))
	if alone := TaskID(name, st.Task, true); s.byID[alone].done() {
		in.Alone = s.out.ref(alone)
	}
	if st.Lang != source {
		in.Target = s.out.ref(LanguageID(name, st.Lang))
	}
	var r activities.Evaluated
	if err := s.child(ctx, st, ZeroShot, ZeroShotParams{Sweep: name, Name: st.Task, Input: in}, &r); err != nil {
		return err
	}
	s.out.Evaluated[st.ID] = r
	st.Warnings = r.Warnings
	st.finished(r.Cached, r.Attempt, r.Past, r.Seconds, figures(r))
	return nil
}

// child runs a step's child workflow to its end, or waits for the one that an earlier history of this sweep started.
// One that runs already under the same id, for another run of the sweep or because a person started the stage alone, is
// waited for; what it made is then found in the store.
func (s *sweep) child(ctx workflow.Context, st *Step, wf, params, out any) error {
	if st.Run != "" {
		if gone, err := s.joinOwn(ctx, st, out); !gone {
			return err
		}
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:    st.ID,
		StaticSummary: st.title(),
		StaticDetails: st.details(s.p),
		Memo:          map[string]any{"sweep": s.p.Name, "step": st.title(), "model": s.p.Model.Name},
		Priority:      temporal.Priority{PriorityKey: s.priority(st)},
		// A child outlives the history that started it; a sweep that is cancelled cancels its children itself.
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WaitForCancellation:   true,
	})
	var a *activities.Activities
	for {
		s.starting++
		f := workflow.ExecuteChildWorkflow(ctx, wf, params)
		var run workflow.Execution
		err := f.GetChildWorkflowExecution().Get(ctx, &run)
		s.starting--
		s.changed = true // there may be a wish for a new history
		var taken *temporal.ChildWorkflowExecutionAlreadyStartedError
		if !errors.As(err, &taken) {
			st.Run = run.RunID
			return f.Get(ctx, out)
		}
		st.Note = "waiting for the one that runs already"
		var end activities.Joined
		if err := workflow.ExecuteActivity(joining(ctx, st), a.Join, activities.JoinInput{ID: st.ID}).Get(ctx, &end); err != nil {
			return err
		}
		st.Note = ""
	}
}

// priority is a step's place in the queues for devices. Where those are few, what hangs on the source language goes before
// the targets: every evaluation waits for it, and the task adapters would else be trained while other devices have
// nothing left to do.
func (s *sweep) priority(st *Step) int {
	if st.Lang != s.p.Source || st.Alone || st.Stage == stageZeroShot {
		return s.p.Priority
	}
	return max(1, cmp.Or(s.p.Priority, usualPriority)-1)
}

// joinOwn waits for the end of a child that an earlier history started. gone means that Temporal has forgotten it.
func (s *sweep) joinOwn(ctx workflow.Context, st *Step, out any) (gone bool, err error) {
	patient, _ := workflow.NewDisconnectedContext(ctx)
	var a *activities.Activities
	var end activities.Joined
	f := workflow.ExecuteActivity(joining(patient, st), a.Join, activities.JoinInput{ID: st.ID, Run: st.Run})
	for asked := false; !f.IsReady(); {
		if err := workflow.Await(patient, func() bool { return f.IsReady() || ctx.Err() != nil && !asked }); err != nil {
			return false, err
		}
		if ctx.Err() != nil && !asked {
			asked = true
			// One that has just ended cannot be asked any more, and need not.
			_ = workflow.RequestCancelExternalWorkflow(patient, st.ID, st.Run).Get(patient, nil)
		}
	}
	if err := f.Get(patient, &end); err != nil {
		return false, err
	}
	switch {
	case end.Gone:
		return true, nil
	case end.Cancelled:
		return false, temporal.NewCanceledError()
	case end.Failure != "":
		return false, temporal.NewApplicationErrorWithOptions(end.Failure, end.Cause, temporal.ApplicationErrorOptions{Details: []any{end.Past}})
	}
	if err := json.Unmarshal(end.Result, out); err != nil {
		return false, fmt.Errorf("result of %s: %w", st.ID, err)
	}
	return false, nil
}

func (o outputs) corpus(id string) activities.Corpus {
	c := o.Corpora[id]
	c.Cached = false
	return c
}

func (o outputs) ref(id string) *activities.Ref {
	r := o.Trained[id].Ref
	return &r
}
