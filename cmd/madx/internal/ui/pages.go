package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

func (s *Server) sweeps(ctx context.Context, _ *http.Request) (view, error) {
	list, err := s.source.Sweeps(ctx)
	return view{Title: "Sweeps", Live: true, Data: list}, err
}

// boardData is what the page of a sweep shows.
type boardData struct {
	Status
	Grid grid
}

func (s *Server) board(ctx context.Context, r *http.Request) (view, error) {
	name := r.URL.Query().Get("name")
	v := view{Title: name, Live: true}
	st, err := s.source.Status(ctx, name)
	if err != nil {
		return v, err
	}
	s.trails.add(st)
	v.Data = boardData{st, arrange(st)}
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

func (s *Server) adapters(ctx context.Context, _ *http.Request) (view, error) {
	v := view{Title: "Adapters"}
	have, err := s.source.Shelf(ctx)
	if err != nil {
		return v, err
	}
	var out []card
	for _, x := range have.Adapters {
		c := card{Adapter: x}
		for _, e := range have.Evaluations(x) {
			if x.Lang == "" || e.Lang == x.Lang {
				c.Scores = append(c.Scores, e)
			}
		}
		out = append(out, c)
	}
	v.Data = out
	return v, nil
}

// card is an adapter in the gallery with the results it took part in; a language adapter with those of its language.
type card struct {
	shelf.Adapter
	Scores []activities.Evaluated
}

// Score is that of the row in which the adapter took part.
func (c card) Score(e activities.Evaluated) string {
	if strings.HasSuffix(c.Name, "/alone") {
		return page.Cell(e, "task_alone")
	}
	if _, ok := page.FindRow(e, "target_swapped"); ok {
		return page.Cell(e, "target_swapped")
	}
	return page.Cell(e, "source_kept") // the source's own language
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
