package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/config"
	"madx/infra/objectstore"
)

// rate is how fast a kind of work goes, and how that is known.
type rate struct {
	tokensPerS float64
	from       string
}

// rates are of one base model: measured in finished sweeps of the store, else by `madx models bench` on this machine,
// else assumed.
type rates struct {
	byStage  map[string]rate    // mlm-head, language, task
	examples map[string]float64 // seconds per test example and row, by task
	assumed  rate
}

// benched is what `madx models bench` keeps in $MADX_HOME/bench.
type benched struct {
	Model      string             `json:"model"`
	Digest     string             `json:"digest"`
	Device     string             `json:"device"`
	Date       time.Time          `json:"date"`
	TokensPerS map[string]float64 `json:"tokens_per_s"` // by work: mlm, task, inference
}

// of returns the rate of a stage's trainings.
func (r rates) of(stage string) rate {
	if one, ok := r.byStage[stage]; ok {
		return one
	}
	return r.assumed
}

// measuredRates looks for what was measured of a base model. digest "" finds nothing. A nil store is not asked.
func measuredRates(ctx context.Context, store objectstore.Store, digest string, assumed float64) rates {
	out := rates{byStage: map[string]rate{}, examples: map[string]float64{}, assumed: rate{assumed, "assumed: budget.tokens_per_s"}}
	if digest == "" {
		return out
	}
	out.readBench(digest)
	if store != nil {
		out.readSweeps(ctx, store, digest)
	}
	return out
}

func (r rates) readBench(digest string) {
	for _, b := range readBenched() {
		if b.Digest != digest {
			continue
		}
		from := fmt.Sprintf("measured: madx models bench on %s, %s", b.Device, b.Date.Local().Format(time.DateOnly))
		for stage, work := range map[string]string{"mlm-head": "mlm", "language": "mlm", "task": "task", "zero-shot": "inference"} {
			if v := b.TokensPerS[work]; v > 0 {
				r.byStage[stage] = rate{v, from}
			}
		}
	}
}

// readBenched reads the kept figures; a file that is no such thing is passed over.
func readBenched() []benched {
	dir, err := benchHome()
	if err != nil {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	var out []benched
	for _, f := range files {
		var b benched
		if body, err := os.ReadFile(f); err == nil && json.Unmarshal(body, &b) == nil {
			out = append(out, b)
		}
	}
	return out
}

func benchHome() (string, error) {
	home, err := config.DataHome()
	return filepath.Join(home, "bench"), err
}

// figure is a rate that was measured over some time, in seconds.
type figure struct{ value, seconds float64 }

// readSweeps takes the median of what finished sweeps on the same base model reached, each figure weighed by how long it
// was measured: a try of three steps is mostly set-up and says little.
func (r rates) readSweeps(ctx context.Context, store objectstore.Store, digest string) {
	names, err := shelf.SweepNames(ctx, store)
	if err != nil {
		return // the plan is whole without
	}
	reached, perExample := map[string][]figure{}, map[string][]figure{}
	for _, name := range names {
		done, err := shelf.Sweep(ctx, store, name)
		if err != nil || done.Params.Model.Digest != digest {
			continue
		}
		for adapter, t := range done.Adapters {
			if stage := stageOf(adapter); t.TokensPerS > 0 {
				reached[stage] = append(reached[stage], figure{t.TokensPerS, t.Seconds})
			}
		}
		for _, e := range done.Results {
			if e.Examples > 0 && e.Seconds > 0 && len(e.Rows) > 0 {
				perExample[e.Task] = append(perExample[e.Task], figure{e.Seconds / float64(e.Examples*len(e.Rows)), e.Seconds})
			}
		}
	}
	for stage, all := range reached {
		r.byStage[stage] = rate{median(all), "measured: finished trainings in the store"}
	}
	for task, all := range perExample {
		r.examples[task] = median(all)
	}
}

// stageOf tells the stage of an adapter's name: language/sw, task/ner/alone, mlm-head.
func stageOf(adapter string) string {
	for _, stage := range []string{"language", "task"} {
		if len(adapter) > len(stage) && adapter[:len(stage)+1] == stage+"/" {
			return stage
		}
	}
	return adapter
}

// median is the value with as much time on either side.
func median(all []figure) float64 {
	slices.SortFunc(all, func(a, b figure) int { return cmp.Compare(a.value, b.value) })
	const least = 1e-3 // of a figure that says no time: they count alike
	total := 0.0
	for _, f := range all {
		total += max(f.seconds, least)
	}
	below := 0.0
	for i, f := range all {
		switch below += max(f.seconds, least); {
		case below == total/2 && i+1 < len(all):
			return (f.value + all[i+1].value) / 2
		case below >= total/2:
			return f.value
		}
	}
	return 0
}
