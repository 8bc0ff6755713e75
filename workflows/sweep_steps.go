package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

func (s *sweep) startCorpus(ctx workflow.Context, lang string) {
	st := s.step(CorpusID(s.p.Name, lang), "corpus", "", lang)
	s.corpora[lang] = async(ctx, func(ctx workflow.Context) (activities.Corpus, error) {
		c, err := child[activities.Corpus](ctx, s, st, Corpus, CorpusParams{Sweep: s.p.Name, Model: s.p.Model.Name,
			Wiki: s.p.Wiki(lang), Texts: s.p.Texts[lang], Tokenizer: s.p.Model.Tokenizer, Corpus: s.p.Corpus})
		if err == nil {
			st.Warnings = c.Stats.Warnings
			st.finished(c.Cached, 0, 0, fmt.Sprintf("%d rows of %d tokens, %d held out", c.Rows, s.p.Corpus.SeqLen, c.HeldOut))
		}
		return c, err
	})
}

// startHead waits for every language's corpus. Languages whose corpus failed for good are left out of the head's text.
func (s *sweep) startHead(ctx workflow.Context) {
	st := s.step(MLMHeadID(s.p.Name), "mlm-head", "", "")
	s.head = async(ctx, func(ctx workflow.Context) (activities.Trained, error) {
		in := activities.MLMHeadInput{Model: s.p.Model, Train: s.p.MLMHead, Seed: s.p.Seed}
		var last error
		for _, lang := range s.p.Languages() {
			c, err := s.corpora[lang].wait(ctx)
			if err != nil {
				last = err
				continue
			}
			c.Cached = false
			in.Corpora = append(in.Corpora, c)
		}
		if len(in.Corpora) == 0 {
			return activities.Trained{}, st.blocked(ctx, last)
		}
		return trained(child[activities.Trained](ctx, s, st, MLMHead, MLMHeadParams{Sweep: s.p.Name, Input: in}))(st)
	})
}

func (s *sweep) startLanguage(ctx workflow.Context, lang string) {
	st := s.step(LanguageID(s.p.Name, lang), "language", "", lang)
	s.languages[lang] = async(ctx, func(ctx workflow.Context) (activities.Trained, error) {
		in := s.p.LanguageInput(lang)
		var err error
		if in.Corpus, err = s.corpora[lang].wait(ctx); err != nil {
			return activities.Trained{}, st.blocked(ctx, err)
		}
		if s.head != nil {
			head, err := s.head.wait(ctx)
			if err != nil {
				return activities.Trained{}, st.blocked(ctx, err)
			}
			in.MLMHead = &head.Ref
		}
		return trained(child[activities.Trained](ctx, s, st, LanguageAdapter, LanguageAdapterParams{Sweep: s.p.Name, Input: in}))(st)
	})
}

// startTask trains the task adapter twice: on the frozen source adapter, and alone as the baseline that tells what the
// language adapters are worth.
func (s *sweep) startTask(ctx workflow.Context, task TaskParams) {
	alone := s.taskSteps(task, true)
	s.alone[task.Name] = async(ctx, func(ctx workflow.Context) (activities.Trained, error) {
		return s.trainTask(ctx, task, alone, nil)
	})
	stack := s.taskSteps(task, false)
	s.stacks[task.Name] = async(ctx, func(ctx workflow.Context) (activities.Trained, error) {
		source, err := s.languages[s.p.Source].wait(ctx)
		if err != nil {
			for _, st := range stack {
				err = st.blocked(ctx, err)
			}
			return activities.Trained{}, err
		}
		return s.trainTask(ctx, task, stack, &source.Ref)
	})
}

// taskSteps are the trainings of a task adapter: the earlier ones in order, then the one that the result is of.
func (s *sweep) taskSteps(task TaskParams, alone bool) []*Step {
	var out []*Step
	for i := range task.Before {
		out = append(out, s.step(StageID(s.p.Name, task.Name, alone, i), StageName(alone, i), task.Name, s.p.Source))
	}
	return append(out, s.step(TaskID(s.p.Name, task.Name, alone), StageName(alone, -1), task.Name, s.p.Source))
}

// trainTask trains one after the other, each going on from the one before.
func (s *sweep) trainTask(ctx workflow.Context, task TaskParams, steps []*Step, source *activities.Ref) (activities.Trained, error) {
	var t activities.Trained
	var from *activities.Ref
	for i, st := range steps {
		in := s.p.TaskInput(task)
		if i < len(task.Before) {
			in = s.p.StageInput(task, i)
		}
		in.Source, in.From = source, from
		params := TaskAdapterParams{Sweep: s.p.Name, Name: task.Name, Source: s.p.Source, Input: in}
		var err error
		if t, err = trained(child[activities.Trained](ctx, s, st, TaskAdapter, params))(st); err != nil {
			for _, later := range steps[i+1:] {
				err = later.blocked(ctx, err)
			}
			return t, err
		}
		ref := t.Ref
		from = &ref
	}
	return t, nil
}

func (s *sweep) startZeroShot(ctx workflow.Context, task TaskParams, lang string) {
	st := s.step(ZeroShotID(s.p.Name, task.Name, lang), "zero-shot", task.Name, lang)
	s.evals = append(s.evals, async(ctx, func(ctx workflow.Context) (activities.Evaluated, error) {
		var none activities.Evaluated
		stack, err := s.stacks[task.Name].wait(ctx)
		if err != nil {
			return none, st.blocked(ctx, err)
		}
		source, err := s.languages[s.p.Source].wait(ctx)
		if err != nil {
			return none, st.blocked(ctx, err)
		}
		in := s.p.EvaluateInput(task, lang)
		in.Stack, in.Source = stack.Ref, source.Ref
		// A baseline that failed leaves out its row; it does not take the result along.
		if alone, err := s.alone[task.Name].wait(ctx); err == nil {
			in.Alone = &alone.Ref
		}
		if lang != s.p.Source {
			target, err := s.languages[lang].wait(ctx)
			if err != nil {
				return none, st.blocked(ctx, err)
			}
			in.Target = &target.Ref
		}
		r, err := child[activities.Evaluated](ctx, s, st, ZeroShot, ZeroShotParams{Sweep: s.p.Name, Name: task.Name, Input: in})
		if err == nil {
			st.Warnings = r.Warnings
			st.finished(r.Cached, r.Attempt, r.Seconds, rowsNote(r.Rows))
			s.describe(ctx)
		}
		return r, err
	}))
}

// trained passes a training's result on and notes its figures in the step.
func trained(t activities.Trained, err error) func(*Step) (activities.Trained, error) {
	return func(st *Step) (activities.Trained, error) {
		if err == nil {
			note := fmt.Sprintf("%d steps", t.Steps)
			if t.TokensPerS > 0 {
				note += fmt.Sprintf(", %.0f tokens/s", t.TokensPerS)
			}
			if n := len(t.Curve); n > 0 {
				note += fmt.Sprintf(", loss %.3f", t.Curve[n-1].Loss)
			}
			st.Warnings = t.Warnings
			st.finished(t.Cached, t.Attempt, t.Seconds, note)
		}
		return t, err
	}
}

func rowsNote(rows []activities.Row) string {
	note := ""
	for i, r := range rows {
		if i > 0 {
			note += ", "
		}
		note += fmt.Sprintf("%s %.1f", r.Row, 100*r.Score)
	}
	return note
}
