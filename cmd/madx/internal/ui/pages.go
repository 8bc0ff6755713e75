package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

func (s *Server) sweeps(ctx context.Context, r *http.Request) (view, error) {
	list, err := s.source.Sweeps(ctx)
	find := searchFor(r.URL.Query().Get("q"))
	v := view{Title: "Sweeps", Live: true, Data: slices.DeleteFunc(slices.Clone(list), func(x Sweep) bool { return !find.finds("", x.Name, x.State) })}
	if len(list) > fewLines {
		v.Find = "name or state"
	}
	return v, err
}

// fewLines fit into a window: more of them are drawn closer, and can be looked through by words.
const fewLines = 16

// boardData is what the page of a sweep shows.
type boardData struct {
	Status
	Grid grid
}

func (s *Server) board(ctx context.Context, r *http.Request) (view, error) {
	name := r.URL.Query().Get("name")
	v := view{Title: name, Name: name, Live: true}
	st, err := s.source.Status(ctx, name)
	if err != nil {
		return v, err
	}
	s.trails.add(st)
	find := searchFor(r.URL.Query().Get("q"))
	g := arrange(st)
	if len(g.Lines) > fewLines {
		v.Find = "language or state"
	}
	g.keep(find)
	st.Results = slices.DeleteFunc(slices.Clone(st.Results), func(e activities.Evaluated) bool { return !find.finds(e.Lang, e.Task) })
	v.Data = boardData{st, g}
	return v, nil
}

// stepData is what the page of one step shows.
type stepData struct {
	Sweep string
	cell
	Training
}

func (s *Server) step(ctx context.Context, r *http.Request) (view, error) {
	sweep, id := r.URL.Query().Get("sweep"), r.URL.Query().Get("id")
	v := view{Title: id, Live: true}
	st, err := s.source.Status(ctx, sweep)
	if err != nil {
		return v, err
	}
	s.trails.add(st)
	for _, step := range st.Steps {
		if step.ID != id {
			continue
		}
		v.Title = page.Title(step)
		t, err := s.source.Training(ctx, step)
		if step.State == workflows.StateRunning && len(t.Curve) == 0 {
			t.Curve = s.trails.get(id)
		}
		v.Data = stepData{sweep, cell{Step: step, Live: st.Live[id], Some: true}, t}
		return v, err
	}
	return v, refused{fmt.Errorf("sweep %s has no step %s", sweep, id), http.StatusNotFound}
}

// results serves a sweep's result page, or its tables.
func (s *Server) results(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), lookTime)
	defer cancel()
	report, err := s.source.Report(ctx, r.URL.Query().Get("name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	report.Tables = nil
	for _, t := range []page.Table{{Name: "CSV", Address: "csv"}, {Name: "JSON", Address: "json"}, {Name: "LaTeX", Address: "tex"}} {
		t.Address = "/results?" + url.Values{"name": {report.Sweep}, "as": {t.Address}}.Encode()
		report.Tables = append(report.Tables, t)
	}
	body, kind := []byte(nil), "text/html; charset=utf-8"
	switch r.URL.Query().Get("as") {
	case "csv":
		body, kind = page.CSV(report.SweepResult), "text/csv; charset=utf-8"
	case "tex":
		body, kind = page.LaTeX(report.SweepResult), "text/plain; charset=utf-8"
	case "json":
		body, err = page.JSON(report)
		kind = "application/json"
	default:
		body, err = page.Render(report)
		w.Header().Set("Content-Security-Policy", resultPolicy)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body) // the reader may have gone
}

// ago tells how long ago something was.
func ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if d := show.Duration(time.Since(t).Seconds()); d != "" {
		return d + " ago"
	}
	return "now"
}

// clock is a time of day on this machine's clock, with the date.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// loss prints a metric that may be missing.
func loss(metrics map[string]float64, name string) string {
	if v, ok := metrics[name]; ok {
		return fmt.Sprintf("%.3f", v)
	}
	return "–"
}
