package activities

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// Two sweeps that want the same adapter on one machine: one trains, the other waits and takes what was made.
func TestTheSameTrainingRunsOnceOnAMachine(t *testing.T) {
	first := newRig(t, nil)
	second := newRig(t, first.Store)
	second.Scratch = first.Scratch
	in := first.languageInput()
	type end struct {
		out Trained
		err error
	}
	ended := make(chan end, 1)
	waits := make(chan struct{})
	first.trainer.before = func(_ context.Context, step int) error {
		if step != 4 {
			return nil
		}
		first.trainer.before = nil
		go func() {
			out, err := second.train(in)
			ended <- end{out, err}
		}()
		for p := range second.beats {
			if p.Message == "the same training runs on this machine: waiting for it" {
				close(waits)
				return nil
			}
		}
		return nil
	}
	a, err := first.train(in)
	if err != nil {
		t.Fatal(err)
	}
	<-waits
	b := <-ended
	if b.err != nil || !b.out.Cached || b.out.Ref != a.Ref || len(second.trainer.specs) != 0 {
		t.Errorf("the second has %+v, %v after %d trainings", b.out, b.err, len(second.trainer.specs))
	}
	if left, err := os.ReadDir(first.Scratch); err != nil || len(left) != 0 {
		t.Errorf("left on the machine: %v, %v", left, err)
	}
}

func TestALockOfTheDeadIsTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	if err := os.WriteFile(path, nil, 0o644); err != nil { // its process was killed
		t.Fatal(err)
	}
	f, err := tryLock(path)
	if err != nil || f == nil {
		t.Fatalf("%v, %v", f, err)
	}
	if g, err := tryLock(path); err != nil || g != nil {
		t.Errorf("taken twice: %v", err)
	}
	// Whoever opened the file before its holder removed it must not believe to hold the new one's lock.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if g, err := tryLock(path); err != nil || g == nil {
		t.Errorf("the new file is not locked: %v", err)
	}
	f.Close()
}

func TestWaitingForALockEndsWithTheAttempt(t *testing.T) {
	r := newRig(t, nil)
	in := r.languageInput()
	key, err := in.Key()
	if err != nil {
		t.Fatal(err)
	}
	f, err := tryLock(filepath.Join(r.Scratch, "language-"+key[:16]+".lock"))
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	defer f.Close()
	close(r.stop)
	if _, err := r.train(in); errorType(err) != TypePreempted {
		t.Errorf("error %v", err)
	}
}
