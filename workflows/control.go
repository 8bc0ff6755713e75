package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// Updates that a running sweep takes. Each is checked before it becomes part of the history; one that is refused leaves
// no trace.
const (
	UpdatePause  = "pause"
	UpdateResume = "resume"
	UpdateRetry  = "retry"
	UpdateAdd    = "add"
	UpdateRemove = "remove"
	UpdateSet    = "set"
)

// Part names what an update is about; empty means the whole sweep.
type Part struct {
	Lang string `json:"lang,omitempty"`
	Task string `json:"task,omitempty"`
}

// Addition is one target language, with its test data by task, or one task.
type Addition struct {
	Model string                       `json:"model"` // digest of the base model: it must be the sweep's
	Wiki  *Wiki                        `json:"wiki,omitempty"`
	Texts []activities.Text            `json:"texts,omitempty"` // of the language, beside or in place of its Wikipedia
	Steps int                          `json:"steps,omitempty"` // of its language adapter; 0: as the others
	Tests map[string][]activities.Data `json:"tests,omitempty"` // by task
	Task  *TaskParams                  `json:"task,omitempty"`
}

// Setting changes what is not nil.
type Setting struct {
	Parallel *int `json:"parallel,omitempty"` // steps under way at once
	Priority *int `json:"priority,omitempty"` // 1 (first) to 5; of the steps that start from now on
}

// Changed answers every update.
type Changed struct {
	Steps []string `json:"steps"` // that it had an effect on, by title
}

// listen registers the query and the updates.
func (s *sweep) listen(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandlerWithOptions(ctx, QueryProgress, s.progress, workflow.QueryHandlerOptions{
			Description: "Where every step stands, with the results so far"}),
		update(ctx, s, UpdatePause, "Stop with checkpoints and free the devices; {\"lang\": \"sw\"} only one language, {} all", s.mayPause, s.pause),
		update(ctx, s, UpdateResume, "Go on from the checkpoints; {\"lang\": \"sw\"} only one language, {} all", s.mayResume, s.resume),
		update(ctx, s, UpdateRetry, "Run again what failed; {\"lang\": \"sw\"} that language's, and what of it runs", s.mayRetry, s.retry),
		update(ctx, s, UpdateAdd, "Add a language or a task; its data has to be in the store: madx sweep add puts it there", s.mayAdd, s.addition),
		update(ctx, s, UpdateRemove, "Take out {\"lang\": \"sw\"} or {\"task\": \"ner\"}; artifacts and checkpoints stay", s.mayRemove, s.remove),
		update(ctx, s, UpdateSet, "{\"parallel\": 4} steps at once, {\"priority\": 1} from 1 (first) to 5", s.maySet, s.set),
	)
}

// update registers one update: what it says of itself in Temporal's UI, what it needs to be allowed, and what it does.
func update[P any](ctx workflow.Context, s *sweep, name, says string, may func(P) error, do func(P) []string) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(_ workflow.Context, p P) (Changed, error) {
			s.changed = true
			return Changed{Steps: do(p)}, nil
		},
		workflow.UpdateHandlerOptions{Description: says, Validator: func(p P) error {
			if s.ending || s.cancelled {
				return fmt.Errorf("sweep %s is ending", s.p.Name)
			}
			return may(p)
		}})
}

// known refuses a language that the sweep does not have.
func (s *sweep) known(p Part) error {
	if p.Task != "" {
		return fmt.Errorf("a task alone cannot be meant here: name a language, or nothing for the whole sweep")
	}
	if p.Lang != "" && !slices.Contains(s.p.Languages(), p.Lang) {
		return fmt.Errorf("sweep %s has no language %s: it has %v", s.p.Name, p.Lang, s.p.Languages())
	}
	return nil
}

func (s *sweep) mayPause(p Part) error {
	if err := s.known(p); err != nil {
		return err
	}
	if s.paused || slices.Contains(s.held, p.Lang) {
		return fmt.Errorf("it is paused already")
	}
	return nil
}

func (s *sweep) pause(p Part) (did []string) {
	if p.Lang == "" {
		s.paused = true
	} else {
		s.held = append(s.held, p.Lang)
	}
	for _, st := range s.steps {
		if st.State == StateRunning && s.isHeld(st) {
			s.stop(st, stopPause)
			did = append(did, st.title())
		}
	}
	return did
}

func (s *sweep) mayResume(p Part) error {
	if err := s.known(p); err != nil {
		return err
	}
	if p.Lang != "" && s.paused {
		return fmt.Errorf("the whole sweep is paused: resume it without a language")
	}
	if p.Lang != "" && !slices.Contains(s.held, p.Lang) || p.Lang == "" && !s.paused && len(s.held) == 0 {
		return fmt.Errorf("it is not paused")
	}
	return nil
}

// resume lets what is paused go on; the whole sweep with every language of its own.
func (s *sweep) resume(p Part) (did []string) {
	if p.Lang == "" {
		s.paused, s.held = false, nil
	} else {
		s.held = slices.DeleteFunc(s.held, func(l string) bool { return l == p.Lang })
	}
	for _, st := range s.steps {
		if s.isHeld(st) {
			continue
		}
		if st.Stop == stopPause { // still writing its checkpoint
			st.Stop = stopAgain
		}
		if st.Stop == stopAgain || st.State == StatePaused {
			did = append(did, st.title())
		}
	}
	return did
}

func (s *sweep) mayRetry(p Part) error {
	if err := s.known(p); err != nil {
		return err
	}
	if len(s.retries(p)) == 0 {
		return fmt.Errorf("nothing of it failed or runs")
	}
	return nil
}

// retries returns what a retry concerns: what failed and, of one language, also what runs.
func (s *sweep) retries(p Part) (out []*Step) {
	seen := map[string]bool{}
	var visit func(st *Step)
	visit = func(st *Step) {
		if seen[st.ID] {
			return
		}
		seen[st.ID] = true
		switch st.State {
		case StateFailed, StateCancelled:
			out = append(out, st)
		case StateBlocked: // whatever it was that failed, perhaps not of this language
			hard, soft := s.needs(st)
			for _, id := range append(hard, soft...) {
				visit(s.byID[id])
			}
		case StateRunning:
			if p.Lang != "" && st.Lang == p.Lang && st.Stop == "" {
				out = append(out, st)
			}
		}
	}
	for _, st := range s.steps {
		if p.Lang == "" || st.Lang == p.Lang {
			visit(st)
		}
	}
	return out
}

func (s *sweep) retry(p Part) (did []string) {
	for _, st := range s.retries(p) {
		did = append(did, st.title())
		if st.State == StateRunning {
			s.stop(st, stopAgain)
			continue
		}
		st.State, st.Mends = StateWaiting, 0
	}
	return did
}

func (s *sweep) maySet(p Setting) error {
	switch {
	case p.Parallel == nil && p.Priority == nil:
		return errors.New("nothing to set")
	case p.Parallel != nil && (*p.Parallel < 1 || *p.Parallel > maxParallel):
		return fmt.Errorf("parallelism %d: from 1 to %d steps at once", *p.Parallel, maxParallel)
	case p.Priority != nil && (*p.Priority < 1 || *p.Priority > 5):
		return fmt.Errorf("priority %d: from 1 (first) to 5", *p.Priority)
	}
	return nil
}

func (s *sweep) set(p Setting) (did []string) {
	if p.Parallel != nil {
		s.p.Parallel = *p.Parallel
		did = append(did, fmt.Sprintf("parallelism %d", *p.Parallel))
	}
	if p.Priority != nil {
		s.p.Priority = *p.Priority
		did = append(did, fmt.Sprintf("priority %d", *p.Priority))
	}
	return did
}
