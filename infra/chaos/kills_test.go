package chaos

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"madx/infra/failpoint"
	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
)

// places are the failpoints of the programs, see package failpoint.
var places = []string{
	"trainer.step", "trainer.resumed",
	"trainer.checkpoint.begun", "trainer.checkpoint.no-manifest", "trainer.checkpoint.written", "trainer.checkpoint.untold", "trainer.checkpoint.told",
	"trainer.publish.before-rename", "trainer.publish.after-rename",
	"trainer.artifact.written", "trainer.artifact.untold", "trainer.artifact.told",
	"worker.checkpoint.kept", "worker.checkpoint.fenced", "worker.checkpoint.sent", "worker.inputs.held", "worker.heartbeat",
	"worker.trainer.ended", "worker.storing", "worker.handover",
	"store.checkpoint.begun", "store.checkpoint.file-put", "store.checkpoint.no-manifest", "store.checkpoint.committed",
	"store.artifact.begun", "store.artifact.file-put", "store.artifact.no-manifest", "store.artifact.committed",
	"store.fetch.before-rename", "store.drop.no-manifest",
}

// death is one kill -9.
type death struct {
	kind  string // trainer, worker, s3, temporal, or the place
	at    time.Time
	again time.Duration // until something new was safe in the store, or the sweep done
}

// killOne kills something at random or arms a place, and returns what died.
func (c *cell) killOne(kinds []string) *death {
	kind := kinds[c.rng.IntN(len(kinds))]
	at := time.Now()
	switch kind {
	case "place":
		c.arm(places[c.rng.IntN(len(places))])
		return nil
	case afterDamage, "trainer":
		all := c.trainers()
		if kind == afterDamage && !c.damage() {
			return nil
		}
		if len(all) == 0 || syscall.Kill(all[c.rng.IntN(len(all))], syscall.SIGKILL) != nil {
			return nil
		}
	default:
		if !c.programs[kind].kill() {
			return nil
		}
	}
	return &death{kind: kind, at: at}
}

// afterDamage is a trainer killed right after the newest checkpoint in the store lost its wholeness.
const afterDamage = "trainer, its checkpoint damaged"

// damage flips a bit of a file of the newest checkpoint, cuts it, or loses it: any file, the manifest too.
func (c *cell) damage() bool {
	objects, err := c.store.List(c.t.Context(), "checkpoints/")
	if err != nil || len(objects) == 0 {
		return false
	}
	newest := slices.MaxFunc(objects, func(a, b objectstore.Object) int { return a.Modified.Compare(b.Modified) })
	objects = slices.DeleteFunc(objects, func(o objectstore.Object) bool { return path.Dir(o.Key) != path.Dir(newest.Key) })
	key := objects[c.rng.IntN(len(objects))].Key
	kind := []faults.Kind{faults.Flip, faults.Cut, faults.Lose}[c.rng.IntN(3)]
	c.damaged[path.Dir(key)] = true
	return faults.Spoil(c.t.Context(), c.store, key, kind) == nil // it may be gone already
}

// fellBack counts how often a worker has found a checkpoint damaged.
func (c *cell) fellBack() int {
	log, err := os.ReadFile(filepath.Join(c.dir, "worker.log"))
	if err != nil {
		c.t.Error(err)
	}
	return bytes.Count(log, []byte("checkpoint is damaged"))
}

func (c *cell) arm(place string) {
	if err := os.WriteFile(filepath.Join(c.points, place), nil, 0o644); err != nil {
		c.t.Error(err)
	}
}

// fired collects the places at which something died, and disarms the others.
func (c *cell) fired() []death {
	entries, err := os.ReadDir(c.points)
	if err != nil {
		c.t.Error(err)
	}
	var out []death
	for _, e := range entries {
		path := filepath.Join(c.points, e.Name())
		place, dead := strings.CutSuffix(e.Name(), failpoint.Fired)
		if dead {
			out = append(out, death{kind: place, at: changed(path)})
		}
		_ = os.Remove(path)
	}
	return out
}

// changed is when a file got its present name: a rename changes no modification time, only the inode's.
func changed(path string) time.Time {
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return time.Now()
	}
	return time.Unix(st.Ctim.Unix())
}
