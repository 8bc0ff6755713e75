package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
	"madx/cmd/madx/internal/ui"
	"madx/infra/objectstore"
	"madx/workflows"
)

// uiSource gives the pages what Temporal, the store and this machine know.
type uiSource struct {
	app     *app
	device  string
	threads int
	warm    warmPredictor

	mu     sync.Mutex
	conn   *connection // nil until Temporal answers
	shelf  *shelf.Shelf
	looked time.Time // when shelf was read
}

// shelfAge is how old the list of adapters may be: reading it means reading a manifest of each.
const shelfAge = 20 * time.Second

// connection returns the one that all pages share.
func (u *uiSource) connection(ctx context.Context) (*connection, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conn != nil {
		return u.conn, nil
	}
	conn, err := u.app.connect(ctx)
	u.conn = conn
	return conn, err
}

// redial drops a connection over which Temporal did not answer: a development stack may come back at another address.
func (u *uiSource) redial(conn *connection, err error) {
	var away unreachable
	u.mu.Lock()
	defer u.mu.Unlock()
	if errors.As(err, &away) && u.conn == conn {
		u.conn = nil
		conn.close()
	}
}

func (u *uiSource) close() {
	u.warm.close()
	if u.conn != nil {
		u.conn.close()
	}
}

// Sweeps lists what Temporal remembers, and what only the store does.
func (u *uiSource) Sweeps(ctx context.Context) ([]ui.Sweep, error) {
	store, err := u.app.openStore(ctx)
	if err != nil {
		return nil, err
	}
	published, err := shelf.SweepNames(ctx, store)
	if err != nil {
		return nil, unreachable{err}
	}
	var out []ui.Sweep
	seen := map[string]bool{}
	conn, err := u.connection(ctx)
	if err == nil {
		var rows []sweepRow
		rows, err = listSweeps(ctx, conn)
		u.redial(conn, err)
		for _, r := range rows {
			name := strings.TrimPrefix(r.Sweep, "stage/")
			if seen[name] {
				continue // an earlier run of the same
			}
			seen[name] = true
			out = append(out, ui.Sweep{Name: name, State: r.State, Started: r.Started, Seconds: r.Took, Published: slices.Contains(published, name)})
		}
	}
	for _, name := range published {
		if !seen[name] {
			out = append(out, ui.Sweep{Name: name, State: "published", Published: true})
		}
	}
	return out, err
}

// Status asks the running sweep, else reads what it published.
func (u *uiSource) Status(ctx context.Context, sweep string) (ui.Status, error) {
	conn, err := u.connection(ctx)
	if err != nil {
		store, serr := u.app.openStore(ctx)
		if serr != nil {
			return ui.Status{}, err
		}
		r, rerr := readResult(ctx, store, sweep)
		if rerr != nil {
			return ui.Status{}, errors.Join(err, rerr)
		}
		return ui.Status{Progress: workflows.Progress{Sweep: r.Sweep, Outcome: r.Outcome, Steps: r.Steps, Results: r.Results}}, nil
	}
	st, err := lastStatus(ctx, conn, sweep)
	u.redial(conn, err)
	out := ui.Status{Progress: st.Progress, Live: map[string]ui.Live{}}
	for id, l := range st.Live {
		out.Live[id] = ui.Live(l)
	}
	return out, err
}

// Training gathers a step's attempts, curve and log. What cannot be had any more is left out.
func (u *uiSource) Training(ctx context.Context, step workflows.Step) (ui.Training, error) {
	t := ui.Training{Log: workerLines(filepath.Join(u.app.data, "logs", "worker.log"), step.ID)}
	conn, err := u.connection(ctx)
	if err != nil {
		return t, err
	}
	if t.Run, err = readRun(ctx, conn.temporal, step.ID); err != nil {
		return t, nil // not started, or forgotten
	}
	t.Link = page.Report{UI: firstOf(conn.ui, u.app.stackUI()), Namespace: conn.namespace}.Link(step.ID)
	if t.Run.Closed.IsZero() || step.Stage == "corpus" || step.Stage == "zero-shot" {
		return t, nil
	}
	var made activities.Trained
	if conn.temporal.GetWorkflow(ctx, step.ID, t.Run.RunID).Get(ctx, &made) != nil {
		return t, nil // it failed: there is no artifact with a curve
	}
	t.Curve, err = activities.ReadCurve(ctx, conn.store, made.Ref)
	return t, err
}

// Report is what `madx report` writes.
func (u *uiSource) Report(ctx context.Context, sweep string) (page.Report, error) {
	store, err := u.app.openStore(ctx)
	if err != nil {
		return page.Report{}, err
	}
	r, err := u.app.gatherReport(ctx, store, sweep)
	if err != nil {
		return r, err
	}
	return r, readCurves(ctx, store, &r)
}

// Shelf reads the adapters in the store, not more often than shelfAge.
func (u *uiSource) Shelf(ctx context.Context) (*shelf.Shelf, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.shelf != nil && time.Since(u.looked) < shelfAge {
		return u.shelf, nil
	}
	store, err := u.app.openStore(ctx)
	if err != nil {
		return nil, err
	}
	s, err := shelf.Open(ctx, store)
	if errors.Is(err, objectstore.ErrNotFound) {
		s, err = &shelf.Shelf{Store: store}, nil
	}
	if err != nil {
		return nil, unreachable{err}
	}
	u.shelf, u.looked = s, time.Now()
	return s, nil
}
