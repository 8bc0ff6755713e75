package tracking

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// Limits of MLflow's log-batch.
const (
	maxMetrics = 1000
	maxParams  = 100
	maxValue   = 500 // characters of a parameter
)

// mlflowRun is one attempt as a run of MLflow's. It is created with the first points, so that a server that comes later
// than the training still gets it.
type mlflowRun struct {
	server *mlflowServer
	run    Run
	began  time.Time
	id     string
}

func (m *mlflowRun) name() string { return "MLflow" }

type keyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"` // milliseconds since 1970
	Step      int     `json:"step"`
}

func (m *mlflowRun) write(ctx context.Context, batch []point) error {
	if m.id == "" {
		if err := m.create(ctx); err != nil {
			return err
		}
	}
	var all []metric
	for _, p := range batch {
		tags := figures(p.Event)
		for _, tag := range slices.Sorted(maps.Keys(tags)) {
			if v := tags[tag]; !math.IsNaN(v) && !math.IsInf(v, 0) { // not in JSON
				all = append(all, metric{tag, v, p.at.UnixMilli(), p.Step})
			}
		}
	}
	for part := range slices.Chunk(all, maxMetrics) {
		if err := m.server.post(ctx, "runs/log-batch", map[string]any{"run_id": m.id, "metrics": part}, nil); err != nil {
			return err
		}
	}
	return nil
}

// create makes the run, with its recipe.
func (m *mlflowRun) create(ctx context.Context) error {
	experiment, err := m.server.experimentID(ctx)
	if err != nil {
		return err
	}
	var made struct {
		Run struct {
			Info struct {
				ID string `json:"run_id"`
			} `json:"info"`
		} `json:"run"`
	}
	name := m.run.Name
	if m.run.Attempt > 1 {
		name += " attempt " + strconv.Itoa(m.run.Attempt)
	}
	err = m.server.post(ctx, "runs/create", map[string]any{"experiment_id": experiment, "run_name": name, "start_time": m.began.UnixMilli(),
		"tags": []keyValue{{"madx.training", m.run.Name}, {"madx.attempt", strconv.Itoa(m.run.Attempt)}}}, &made)
	if err != nil {
		return err
	}
	if made.Run.Info.ID == "" {
		return errors.New("mlflow: runs/create answered without a run_id")
	}
	var params []keyValue
	for _, k := range slices.Sorted(maps.Keys(m.run.Params)) {
		if v := m.run.Params[k]; len(params) < maxParams {
			params = append(params, keyValue{k, string([]rune(v)[:min(maxValue, len([]rune(v)))])})
		}
	}
	m.id = made.Run.Info.ID
	return m.server.post(ctx, "runs/log-batch", map[string]any{"run_id": m.id, "params": params}, nil)
}

func (m *mlflowRun) close(ctx context.Context, cause error, at time.Time) error {
	if m.id == "" {
		return nil
	}
	status := "FINISHED"
	switch {
	case errors.Is(cause, context.Canceled):
		status = "KILLED" // stopped by a person or with its worker
	case cause != nil:
		status = "FAILED"
	}
	if err := m.server.post(ctx, "runs/update", map[string]any{"run_id": m.id, "status": status, "end_time": at.UnixMilli()}, nil); err != nil {
		return fmt.Errorf("end of run: %w", err)
	}
	return nil
}
