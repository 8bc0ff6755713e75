package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"madx/infra/failpoint"
	"madx/infra/objectstore"
	"madx/trainer/events"
)

// Checkpoints live under checkpoints/{stage}/{key}/a{token}-s{step}/. The token (fence.go) comes first: the newest
// checkpoint is that of the latest attempt, however far one before it got after it was declared dead.

// keptCheckpoints is how many whole checkpoints of a running training the store keeps: the newest and one to fall back on.
// The best by held-out loss stays beside them: what a person goes back to when a training went wrong slowly, and the last
// to fall back on.
const keptCheckpoints = 2

// uploadGrace is how long the last checkpoint of a cancelled attempt may take to reach the store.
const uploadGrace = 2 * time.Minute

type checkpoint struct {
	step int
	path string // local folder, removed when it is sent or overtaken
	held *objectstore.HeldOut
}

// keepCheckpoint queues a checkpoint of the trainer for upload, under hard links of its own: the trainer removes its
// older checkpoints, maybe before a slow store has taken them.
func (t *training) keepCheckpoint(e events.Event) error {
	dir := filepath.Join(t.dir, fmt.Sprintf("upload-%09d", e.Step))
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	err := filepath.WalkDir(e.Path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(e.Path, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		}
		return os.Link(p, filepath.Join(dir, rel))
	})
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	failpoint.Hit("worker.checkpoint.kept")
	t.uploads.add(checkpoint{step: e.Step, path: dir, held: t.held})
	return nil
}

// remove frees the links. What stays behind goes with the attempt's folder.
func (c checkpoint) remove() { _ = os.RemoveAll(c.path) }

func (t *training) checkpointPrefix() string { return "checkpoints/" + t.stage + "/" + t.key + "/" }

// committedCheckpoints returns the prefixes of whole checkpoints, newest first.
func (t *training) committedCheckpoints(ctx context.Context) ([]string, error) {
	objects, err := t.a.Store.List(ctx, t.checkpointPrefix())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range objects {
		if path.Base(o.Key) == objectstore.ManifestName {
			out = append(out, path.Dir(o.Key))
		}
	}
	sort.Sort(sort.Reverse(sort.StringSlice(out))) // token and step are zero-padded
	return out, nil
}

// newestCheckpoint fetches the newest whole checkpoint to dest; "" when there is none. A damaged one is removed and the
// one before it taken.
func (t *training) newestCheckpoint(ctx context.Context, dest string) (string, int, error) {
	prefixes, err := t.committedCheckpoints(ctx)
	if err != nil {
		return "", 0, err
	}
	for _, prefix := range prefixes {
		m, err := objectstore.Fetch(ctx, t.a.Store, prefix, dest)
		if errors.Is(err, objectstore.ErrDamaged) || errors.Is(err, objectstore.ErrNotFound) {
			t.log.Warn("checkpoint is damaged, falling back to the one before", "checkpoint", t.a.Store.URI(prefix), "error", err)
			if err := objectstore.Drop(ctx, t.a.Store, prefix); err != nil {
				return "", 0, err
			}
			continue
		}
		if err != nil {
			return "", 0, err
		}
		_, step, err := parseCheckpoint(prefix)
		t.held = m.HeldOut()
		return dest, step, err
	}
	return "", 0, nil
}

// parseCheckpoint reads the token and the step from a checkpoint's name.
func parseCheckpoint(prefix string) (token, step int, err error) {
	if _, err := fmt.Sscanf(path.Base(prefix), "a%d-s%d", &token, &step); err != nil {
		return 0, 0, fmt.Errorf("checkpoint %s: the name is not a{token}-s{step}: %w: remove it from the store", prefix, err)
	}
	return token, step, nil
}

// dropCheckpoints removes all but the newest keep checkpoints and the best one; for 0 all, what uncommitted uploads left
// behind, and the tokens.
func (t *training) dropCheckpoints(ctx context.Context, keep int) error {
	if keep == 0 {
		objects, err := t.a.Store.List(ctx, t.checkpointPrefix())
		if err != nil {
			return err
		}
		// Manifests first: nobody may find half a checkpoint.
		sort.SliceStable(objects, func(i, j int) bool {
			return strings.HasSuffix(objects[i].Key, objectstore.ManifestName) && !strings.HasSuffix(objects[j].Key, objectstore.ManifestName)
		})
		for _, o := range objects {
			if err := t.a.Store.Delete(ctx, o.Key); err != nil {
				return err
			}
		}
		return t.fence.clear(ctx, t.fence.token)
	}
	prefixes, err := t.committedCheckpoints(ctx)
	if err != nil {
		return err
	}
	t.retention.Keep = keep
	gone, err := t.retention.Overtaken(ctx, t.a.Store, prefixes)
	if err != nil {
		return err
	}
	for _, prefix := range gone {
		if err := objectstore.Drop(ctx, t.a.Store, prefix); err != nil {
			return err
		}
	}
	return nil
}

// uploader sends checkpoints to the store beside the training. Only the newest waiting one is worth sending.
type uploader struct {
	t      *training
	ctx    context.Context
	fenced func() // told when the training belongs to a later attempt
	mu     sync.Mutex
	wake   *sync.Cond
	next   *checkpoint
	closed bool
	done   chan struct{}
}

func startUploads(ctx context.Context, t *training, fenced func()) *uploader {
	// A cancelled attempt's last checkpoint must still go out, so uploads outlive ctx by a bounded time.
	u := &uploader{t: t, ctx: context.WithoutCancel(ctx), fenced: fenced, done: make(chan struct{})}
	u.wake = sync.NewCond(&u.mu)
	go u.loop()
	return u
}

func (u *uploader) add(c checkpoint) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.next != nil {
		u.next.remove()
	}
	u.next = &c
	u.wake.Signal()
}

// finish waits for what is under way. A checkpoint that could not be stored costs the next attempt some steps and is no
// reason to fail this one.
func (u *uploader) finish() {
	u.mu.Lock()
	u.closed = true
	u.wake.Signal()
	u.mu.Unlock()
	<-u.done
}

func (u *uploader) loop() {
	defer close(u.done)
	for {
		u.mu.Lock()
		for u.next == nil && !u.closed {
			u.wake.Wait()
		}
		c := u.next
		u.next = nil
		u.mu.Unlock()
		if c == nil {
			return
		}
		err := u.send(*c)
		if errors.Is(err, errFenced) {
			u.fenced()
		}
		if err != nil {
			u.t.log.Warn("checkpoint not stored, the training goes on", "step", c.step, "error", err)
		}
		c.remove()
	}
}

func (u *uploader) send(c checkpoint) error {
	ctx, cancel := context.WithTimeout(u.ctx, uploadGrace)
	defer cancel()
	if err := u.t.fence.check(ctx); err != nil {
		return err
	}
	failpoint.Hit("worker.checkpoint.fenced")
	prefix := fmt.Sprintf("%sa%06d-s%09d", u.t.checkpointPrefix(), u.t.fence.token, c.step)
	m := objectstore.Manifest{Kind: "checkpoint", Key: u.t.key}
	if c.held != nil {
		var err error
		if m.Meta, err = json.Marshal(c.held); err != nil {
			return err
		}
	}
	if _, err := objectstore.Commit(ctx, u.t.a.Store, prefix, c.path, m); err != nil {
		return err
	}
	u.t.retention.Told(prefix, c.held)
	failpoint.Hit("worker.checkpoint.sent")
	if err := u.t.fence.check(ctx); err != nil {
		if errors.Is(err, errFenced) { // meanwhile: nobody may have to find out whose it is
			return errors.Join(err, objectstore.Drop(ctx, u.t.a.Store, prefix))
		}
		return err
	}
	return u.t.dropCheckpoints(ctx, keptCheckpoints)
}
