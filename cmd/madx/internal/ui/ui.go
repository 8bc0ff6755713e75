// Package ui serves the pages of `madx ui`: what runs, what was trained, and a place to try it. The pages read and never
// change anything; what they show comes through a Source, and the package knows neither Temporal nor the store.
package ui

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/show"
)

//go:embed pages/*.tmpl
var templates embed.FS

//go:embed ui.css
var styles string

//go:embed ui.js
var script string

// lookTime bounds how long a page waits for what it shows, predictTime a prediction with loading the model.
const (
	lookTime    = 15 * time.Second
	predictTime = 3 * time.Minute
)

// Server serves the pages of one Source.
type Server struct {
	source Source
	pages  *template.Template
	trails trails
}

// New returns the handler of all pages, for those whom access lets in.
func New(source Source, access Access) http.Handler {
	s := &Server{source: source}
	s.pages = template.Must(template.New("pages").Funcs(template.FuncMap{
		"duration": show.Duration, "count": func(n float64) string { return show.Count(n) }, "curve": page.Curve, "cell": page.Cell,
		"percent": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) }, "ago": ago, "clock": clock, "title": page.Title,
		"fraction": fraction, "loss": loss, "join": strings.Join, "marked": marked, "guess": guess, "lang": show.Language, "several": func(n int) bool { return n > fewLines }, "megabytes": func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) },
	}).ParseFS(templates, "pages/*.tmpl"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page("sweeps", s.sweeps))
	mux.HandleFunc("GET /sweep", s.page("board", s.board))
	mux.HandleFunc("GET /step", s.page("step", s.step))
	mux.HandleFunc("GET /adapters", s.page("adapters", s.adapters))
	mux.HandleFunc("GET /try", s.page("try", s.form))
	mux.HandleFunc("POST /try", s.page("try", s.try))
	mux.HandleFunc("GET /results", s.results)
	mux.HandleFunc("GET /style.css", fixed("text/css; charset=utf-8", string(page.Style())+styles))
	mux.HandleFunc("GET /ui.js", fixed("text/javascript; charset=utf-8", script))
	entrance := newDoor(access, mux)
	mux.HandleFunc("GET /login", s.page("login", func(_ context.Context, r *http.Request) (view, error) {
		return view{Title: "Password", Data: within(r.URL.Query().Get("next"))}, nil
	}))
	mux.HandleFunc("POST /login", entrance.login)
	return guard(entrance, access.Names)
}

// view is what every page's template gets.
type view struct {
	Title string
	Page  string // name of the template
	Live  bool   // it is fetched again every few seconds
	Find  string // what can be looked for on it; "" where nothing can
	Query string // what is
	Name  string // of the sweep that it is about
	Error string
	Data  any
}

// page makes a handler of a function that gathers what a page shows. A failure is shown on the page, which goes on
// looking: Temporal may be back in a moment.
func (s *Server) page(name string, gather func(ctx context.Context, r *http.Request) (view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		patience := lookTime
		if r.Method == http.MethodPost {
			patience = predictTime
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		v, err := gather(ctx, r)
		v.Page, v.Query = name, r.URL.Query().Get("q")
		status := http.StatusOK
		if err != nil {
			v.Error, status = err.Error(), http.StatusBadGateway
			var mistake refused
			if errors.As(err, &mistake) {
				status = mistake.status
			}
		}
		var out bytes.Buffer
		if err := s.pages.ExecuteTemplate(&out, "frame", v); err != nil {
			http.Error(w, "the page could not be drawn: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(out.Bytes()) // the reader may have gone
	}
}

// refused is a request that asks for what cannot be.
type refused struct {
	error
	status int
}

func (r refused) Unwrap() error { return r.error }

func fixed(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}
