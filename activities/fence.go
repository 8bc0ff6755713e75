package activities

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"madx/infra/objectstore"
)

// Two attempts at one training can be alive at once: Temporal declared the first dead and it still runs, a language was
// paused and resumed, two sweeps want the same adapter. Attempt numbers do not tell them apart, since every workflow run
// counts from one. So each takes a token from the store before it starts, fences/{stage}/{key}/{token}, one more than
// any before; of several that reach for the same token one gets it. Who has the highest may commit; the others find out
// before their next commit, and end. The token is also the first part of a checkpoint's name, so that what slips through
// between the look and the commit neither overwrites a checkpoint of a later attempt nor passes for a newer one.

// Holder is the attempt that a token belongs to.
type Holder struct {
	Namespace string `json:"namespace"`
	Workflow  string `json:"workflow"`
	Run       string `json:"run"`
	Activity  string `json:"activity"`
	Attempt   int32  `json:"attempt"`
	Nonce     string `json:"nonce"` // numbers begin again when a training has ended
}

// fencePause is between two looks at a training that somebody else has under way.
const fencePause = time.Second

// maxHolder bounds what is read of a token, in bytes.
const maxHolder = 64 << 10

// errFenced is the cause with which an attempt ends whose training belongs to a later one.
var errFenced = errors.New("a later attempt has taken over this training")

// fence is this attempt's token.
type fence struct {
	store  objectstore.Store
	prefix string // of all tokens of the training
	token  int
	body   []byte // its Holder
}

// takeFence makes this attempt the only one that may commit. While another one is alive that is not a predecessor of
// this, it waits; waited tells that it did.
func (t *training) takeFence(ctx context.Context) (waited bool, err error) {
	info := activity.GetInfo(ctx)
	mine, err := json.Marshal(Holder{Namespace: info.Namespace, Workflow: info.WorkflowExecution.ID, Run: info.WorkflowExecution.RunID,
		Activity: info.ActivityID, Attempt: info.Attempt, Nonce: rand.Text()})
	if err != nil {
		return false, err
	}
	f := &fence{store: t.a.Store, prefix: "fences/" + t.stage + "/" + t.key + "/", body: mine}
	for {
		last, h, err := f.newest(ctx)
		if err != nil {
			return waited, err
		}
		busy := false
		if h != nil {
			if busy, err = t.a.isAlive(ctx, *h); err != nil {
				return waited, fmt.Errorf("ask whether %s still trains: %w", h.Workflow, err)
			}
		}
		if busy {
			waited = true
			t.beat.update(func(p *Progress) { p.Message = h.Workflow + " has the same training under way: waiting for it" })
			select {
			case <-ctx.Done():
				return waited, context.Cause(ctx)
			case <-time.After(fencePause):
			}
			continue
		}
		if f.token, err = t.firstFree(ctx, last); err != nil {
			return waited, err
		}
		err = f.store.Put(ctx, f.key(f.token), bytes.NewReader(mine), int64(len(mine)), objectstore.PutOptions{IfAbsent: true})
		if err != nil && !errors.Is(err, objectstore.ErrExists) {
			return waited, err
		}
		// One that exists may be this one's own, whose answer was lost on the way.
		if err := f.check(ctx); err == nil {
			t.fence = f
			return waited, f.clear(ctx, f.token-1)
		} else if !errors.Is(err, errFenced) {
			return waited, err
		}
	}
}

// firstFree is the token after the last, and after those of all checkpoints: tokens may have been lost with the store's
// other litter.
func (t *training) firstFree(ctx context.Context, last int) (int, error) {
	prefixes, err := t.committedCheckpoints(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range prefixes {
		token, _, err := parseCheckpoint(p)
		if err != nil {
			return 0, err
		}
		last = max(last, token)
	}
	return last + 1, nil
}

func (f *fence) key(token int) string { return fmt.Sprintf("%s%06d", f.prefix, token) }

// newest returns the highest token and its holder; 0 and nil when there is none.
func (f *fence) newest(ctx context.Context) (int, *Holder, error) {
	objects, err := f.store.List(ctx, f.prefix)
	if err != nil || len(objects) == 0 {
		return 0, nil, err
	}
	key := objects[len(objects)-1].Key // zero-padded
	var token int
	if _, err := fmt.Sscanf(path.Base(key), "%d", &token); err != nil {
		return 0, nil, fmt.Errorf("token %s: the name is no number: %w", f.store.URI(key), err)
	}
	body, err := f.read(ctx, key)
	if errors.Is(err, objectstore.ErrNotFound) {
		return token, nil, nil // its training has just ended
	}
	if err != nil {
		return 0, nil, err
	}
	var h Holder
	if err := json.Unmarshal(body, &h); err != nil {
		return token, nil, nil // half of one: whoever wrote it does not hold it
	}
	return token, &h, nil
}

func (f *fence) read(ctx context.Context, key string) ([]byte, error) {
	r, err := f.store.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxHolder))
}

// check returns errFenced unless this attempt still has the highest token.
func (f *fence) check(ctx context.Context) error {
	objects, err := f.store.List(ctx, f.prefix)
	if err != nil {
		return err
	}
	key := f.key(f.token)
	if len(objects) == 0 || objects[len(objects)-1].Key != key {
		return errFenced
	}
	body, err := f.read(ctx, key)
	if errors.Is(err, objectstore.ErrNotFound) || err == nil && !bytes.Equal(body, f.body) {
		return errFenced
	}
	return err
}

// clear removes the tokens up to one: those who hold them are too late.
func (f *fence) clear(ctx context.Context, upTo int) error {
	objects, err := f.store.List(ctx, f.prefix)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if o.Key > f.key(upTo) {
			break
		}
		if err := f.store.Delete(ctx, o.Key); err != nil {
			return err
		}
	}
	return nil
}

// isAlive asks Temporal, which decides who may work, whether an attempt is under way: no clock and no lease is needed.
func (a *Activities) isAlive(ctx context.Context, h Holder) (bool, error) {
	if a.Alive != nil {
		return a.Alive(ctx, h)
	}
	if h.Namespace != activity.GetInfo(ctx).Namespace {
		return false, nil // nobody to ask: the later one goes on from the earlier one's checkpoints
	}
	d, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, h.Workflow, h.Run)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, p := range d.GetPendingActivities() {
		if p.GetActivityId() != h.Activity || p.GetAttempt() != h.Attempt {
			continue
		}
		// One that was asked to stop still writes its checkpoint.
		return p.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED || p.GetState() == enums.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED, nil
	}
	return false, nil
}
