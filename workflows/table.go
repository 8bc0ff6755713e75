package workflows

import "slices"

// Stages of a sweep, in the order of the pipeline.
const (
	stageCorpus   = "corpus"
	stageHead     = "mlm-head"
	stageLanguage = "language"
	stageTask     = "task" // StageName tells the trainings of a task apart
	stageZeroShot = "zero-shot"
)

// startOrder says what starts first when not all that could may: what ends something that was begun, so that devices
// are not kept waiting by the corpora of languages whose turn comes later.
var startOrder = []string{stageZeroShot, stageTask, stageLanguage, stageHead, stageCorpus}

// table makes the sweep's steps anew from its parameters, in the order of the pipeline; steps that there were keep their
// state. It returns those that are no longer part of the sweep.
func (s *sweep) table() (gone []*Step) {
	before, old := s.steps, s.byID
	s.steps, s.byID = nil, map[string]*Step{}
	add := func(id, stage, task, lang string) *Step {
		st := old[id]
		if st == nil {
			st = &Step{ID: id, Stage: stage, Task: task, Lang: lang, State: StateWaiting}
		}
		s.steps = append(s.steps, st)
		s.byID[id] = st
		return st
	}
	for _, lang := range s.p.Languages() {
		add(CorpusID(s.p.Name, lang), stageCorpus, "", lang)
	}
	if !s.p.Model.HasMLMHead {
		add(MLMHeadID(s.p.Name), stageHead, "", "")
	}
	for _, lang := range s.p.Languages() {
		add(LanguageID(s.p.Name, lang), stageLanguage, "", lang)
	}
	for _, t := range s.p.Tasks {
		for _, alone := range []bool{true, false} {
			for i := range t.Before {
				st := add(StageID(s.p.Name, t.Name, alone, i), StageName(alone, i), t.Name, s.p.Source)
				st.Alone, st.Part = alone, i+1
			}
			add(TaskID(s.p.Name, t.Name, alone), StageName(alone, -1), t.Name, s.p.Source).Alone = alone
		}
	}
	for _, t := range s.p.Tasks {
		for _, lang := range s.p.Languages() {
			if len(t.Test[lang]) > 0 {
				add(ZeroShotID(s.p.Name, t.Name, lang), stageZeroShot, t.Name, lang)
			}
		}
	}
	s.prune()
	for _, st := range before {
		if s.byID[st.ID] == nil {
			gone = append(gone, st)
		}
	}
	return gone
}

// prune keeps the goal and what it needs, where the sweep has a goal.
func (s *sweep) prune() {
	if s.p.Goal == "" {
		return
	}
	wanted := map[string]bool{s.p.Goal: true}
	for _, st := range slices.Backward(s.steps) { // what a step needs comes before it
		if !wanted[st.ID] {
			delete(s.byID, st.ID)
			continue
		}
		hard, soft := s.needs(st)
		for _, id := range append(hard, soft...) {
			wanted[id] = true
		}
	}
	s.steps = slices.DeleteFunc(s.steps, func(st *Step) bool { return !wanted[st.ID] })
}

// needs returns the steps that must have ended before st starts: the hard ones well, the soft ones anyhow.
func (s *sweep) needs(st *Step) (hard, soft []string) {
	name, source := s.p.Name, s.p.Source
	switch st.kind() {
	case stageHead: // languages whose corpus failed for good are left out of the head's text
		for _, lang := range s.p.Languages() {
			soft = append(soft, CorpusID(name, lang))
		}
	case stageLanguage:
		hard = []string{CorpusID(name, st.Lang)}
		if !s.p.Model.HasMLMHead {
			hard = append(hard, MLMHeadID(name))
		}
	case stageTask:
		if !st.Alone {
			hard = append(hard, LanguageID(name, source))
		}
		if before := s.before(st); before != "" {
			hard = append(hard, before)
		}
	case stageZeroShot: // a baseline that failed leaves out its row; it does not take the result along
		hard = []string{TaskID(name, st.Task, false), LanguageID(name, source)}
		if st.Lang != source {
			hard = append(hard, LanguageID(name, st.Lang))
		}
		soft = []string{TaskID(name, st.Task, true)}
	}
	return hard, soft
}

// before returns the training that a task adapter's training goes on from; "" for the first.
func (s *sweep) before(st *Step) string {
	part := st.Part - 1 // of the earlier ones
	if st.Part == 0 {
		task, _ := s.p.task(st.Task)
		part = len(task.Before)
	}
	if part <= 0 {
		return ""
	}
	return StageID(s.p.Name, st.Task, st.Alone, part-1)
}

// ready tells whether a step may start; by is what keeps it from ever starting.
func (s *sweep) ready(st *Step) (ok bool, by *Step) {
	hard, soft := s.needs(st)
	ok = true
	for _, id := range hard {
		need := s.byID[id]
		if need.over() && !need.done() {
			return false, need
		}
		ok = ok && need.done()
	}
	some := st.Stage != stageHead
	for _, id := range soft {
		need := s.byID[id]
		ok = ok && need.over()
		switch {
		case need.done():
			some = true
		case need.over():
			by = need
		}
	}
	if ok && !some {
		return false, by
	}
	return ok, nil
}
