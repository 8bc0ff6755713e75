package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
	"madx/workflows"
)

const sweepFile = `
name: chaos
model: {path: model, precision: float32}
source: de
targets: [sw]
wikipedia: {mirror: %s}
corpus: {seq_len: 32, held_out_percent: 20}
mlm_head: {steps: 60, batch: 4, lr: 0.001, checkpoint_every: 6}
language: {steps: 200, batch: 4, lr: 0.001, checkpoint_every: 8}
tasks:
  - name: ner
    kind: ner
    labels: [O, B-PER, I-PER, B-ORG, I-ORG, B-LOC, I-LOC]
    train: [{path: ner/train.iob2, format: iob2}]
    test:
      de: [{path: ner/de.iob2, format: iob2}]
      sw: [{path: ner/sw.iob2, format: iob2}]
    steps: 60
    batch: 4
    seq_len: 60
    lr: 0.001
    checkpoint_every: 6
`

func (c *cell) writeSweep() string {
	mirror, _ := fixture.Mirror(c.t, 12)
	fixture.Model(c.t, filepath.Join(c.dir, "model"))
	for name, n := range map[string]int{"train": 24, "de": 8, "sw": 8} {
		from := name + ".test"
		if name == "train" {
			from = "en.train"
		}
		fixture.NER(c.t, filepath.Join(c.dir, "ner", name+".iob2"), from, n)
	}
	file := filepath.Join(c.dir, "sweep.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, sweepFile, mirror), 0o644); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// sweepLimit is how long a sweep may take with everything that happens to it.
const sweepLimit = 10 * time.Minute

// begin starts the sweep while nothing is wrong.
func (c *cell) begin() error {
	var err error
	for range 20 {
		if _, err = c.madx("sweep", "start", c.sweep); err == nil {
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

// outcome waits for the sweep's end, across deaths of the server.
func (c *cell) outcome() (workflows.SweepResult, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), sweepLimit)
	defer cancel()
	for {
		var end workflows.SweepEnd
		err := c.temporal.GetWorkflow(ctx, workflows.SweepID("chaos"), "").Get(ctx, &end)
		var failed *temporal.WorkflowExecutionError
		if err == nil {
			return c.result(ctx, end.Path)
		}
		if errors.As(err, &failed) || ctx.Err() != nil {
			return workflows.SweepResult{}, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// result reads what the sweep published.
func (c *cell) result(ctx context.Context, path string) (r workflows.SweepResult, err error) {
	body, err := c.store.Get(ctx, "sweeps/"+path+"/results.json")
	if err != nil {
		return r, err
	}
	defer body.Close()
	return r, json.NewDecoder(body).Decode(&r)
}

// digests are what must be the same whatever happened: every artifact's content and every row of figures.
func digests(r workflows.SweepResult) map[string]string {
	out := map[string]string{}
	for name, a := range r.Adapters {
		out[name] = a.Ref.Digest
	}
	for _, c := range r.Corpora {
		out["corpus/"+c.Lang] = c.Ref.Digest
	}
	for _, e := range r.Results {
		out["rows/"+e.Lang] = fmt.Sprint(e.Rows)
	}
	return out
}

// check returns what is wrong after a sweep.
func (c *cell) check(r workflows.SweepResult, want map[string]string) []string {
	var bad []string
	if r.Outcome != workflows.OutcomeCompleted {
		bad = append(bad, "outcome "+r.Outcome)
		for _, st := range r.Steps {
			if st.Error != "" {
				bad = append(bad, fmt.Sprintf("%s %s %s: %s", st.Stage, st.Task, st.Lang, st.Error))
			}
		}
	}
	got := digests(r)
	for name, digest := range want {
		if got[name] != digest {
			bad = append(bad, fmt.Sprintf("%s is %.24s, undisturbed it is %.24s", name, got[name], digest))
		}
	}
	// A trainer ends a moment after its last word.
	for end := time.Now().Add(5 * time.Second); len(c.trainers()) > 0 && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	for _, pid := range c.trainers() {
		bad = append(bad, fmt.Sprintf("orphan trainer: %s", fixture.CommandLine(pid)))
	}
	return append(bad, c.halves()...)
}

// halves fetches everything that is committed and returns what is not whole.
func (c *cell) halves() []string {
	ctx := c.t.Context()
	objects, err := c.store.List(ctx, "")
	for range 100 { // the store may be starting again
		if err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
		objects, err = c.store.List(ctx, "")
	}
	if err != nil {
		return []string{err.Error()}
	}
	var bad []string
	for _, o := range objects {
		if path.Base(o.Key) != objectstore.ManifestName || c.damaged[path.Dir(o.Key)] {
			continue
		}
		dest := filepath.Join(c.dir, "fetched")
		if _, err := objectstore.Fetch(ctx, c.store, path.Dir(o.Key), dest); err != nil {
			bad = append(bad, err.Error())
		}
		if err := os.RemoveAll(dest); err != nil {
			bad = append(bad, err.Error())
		}
	}
	return bad
}

// forget removes everything the sweep made, so that the next one makes it again.
func (c *cell) forget() error {
	for _, prefix := range []string{"artifacts/", "checkpoints/"} {
		objects, err := c.store.List(c.t.Context(), prefix)
		if err != nil {
			return err
		}
		sort.SliceStable(objects, func(i, j int) bool {
			return strings.HasSuffix(objects[i].Key, objectstore.ManifestName) && !strings.HasSuffix(objects[j].Key, objectstore.ManifestName)
		})
		for _, o := range objects {
			if err := c.store.Delete(c.t.Context(), o.Key); err != nil {
				return err
			}
		}
	}
	return nil
}
