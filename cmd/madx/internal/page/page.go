// Package page renders a sweep's results as one self-contained HTML page and as tables for other programs. It needs no
// network, reads without its one small script, and knows nothing of where results come from.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/show"
	"madx/workflows"
)

//go:embed report.html.tmpl
var reportTemplate string

//go:embed style.css
var style string

//go:embed find.js
var script string

// Policy lets the page use what it has in itself and nothing else, also where it is opened as a file: its style, and the
// one script that finds a language.
var Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + digest(script) + "'; img-src data:; base-uri 'none'; form-action 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Style is the style sheet of every page: light and dark, readable on a phone, colours that the colour-blind can tell
// apart (Okabe and Ito 2008).
func Style() template.CSS { return template.CSS(style) }

// Report is everything that a page shows.
type Report struct {
	workflows.SweepResult
	Runs      map[string]Run `json:"runs,omitempty"` // by workflow id, where Temporal still knows them
	UI        string         `json:"-"`              // address of Temporal's Web UI; "" leaves the links out
	Namespace string         `json:"-"`
	// CostPerHour of a device, in Currency; 0 leaves the cost out.
	CostPerHour float64 `json:"cost_per_hour,omitempty"`
	Currency    string  `json:"currency,omitempty"`
	// MadeFrom tells what each adapter was made from: by the adapter's name, the role of each input and its digest.
	MadeFrom map[string]map[string]string `json:"made_from,omitempty"`
	// Tables are where the same results are for other programs, as the page that links to them has to name them.
	Tables []Table `json:"-"`
}

// Table is a link to the results in another form.
type Table struct{ Name, Address string }

// Run is one execution of a step's workflow.
type Run struct {
	RunID    string    `json:"run_id"`
	Started  time.Time `json:"started"`
	Closed   time.Time `json:"closed,omitzero"`
	Attempts []Attempt `json:"attempts,omitempty"`
}

// Attempt is one start of an activity. Failure is why the one before it ended.
type Attempt struct {
	Activity string    `json:"activity"`
	Number   int32     `json:"attempt"`
	Started  time.Time `json:"started"`
	Worker   string    `json:"worker"`
	Failure  string    `json:"after,omitempty"`
}

// Row names of every evaluation, in the order they are shown.
var rowTitles = []struct{ Row, Title string }{
	{"task_alone", "task adapter alone"}, {"source_kept", "source adapter kept"}, {"target_swapped", "target swapped in"},
}

// Render returns the page.
func Render(r Report) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"style":      Style,
		"script":     func() template.JS { return template.JS(script) },
		"policy":     func() string { return Policy },
		"compare":    comparisons,
		"overview":   overview,
		"find":       find,
		"named":      named,
		"role":       role,
		"lang":       languageTitle,
		"few":        func(n int) bool { return n <= fewFigures },
		"many":       func(n int) bool { return n > fewLanguages },
		"rows":       func() any { return rowTitles },
		"cell":       Cell,
		"baselines":  Baselines,
		"heat":       heat,
		"intervals":  intervals,
		"verdict":    verdict,
		"duration":   show.Duration,
		"count":      func(n any) string { return show.Count(number(n)) },
		"curve":      Curve,
		"json":       indented,
		"names":      AdapterNames,
		"title":      Title,
		"percent":    func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
		"short":      func(s string) string { return s[:min(12, len(s))] },
		"link":       r.Link,
		"stages":     stages,
		"timeline":   timeline,
		"troubles":   troubles,
		"data":       taskData,
		"lineage":    lineage,
		"sweepLink":  func() string { return r.Link(workflows.SweepID(r.Sweep)) },
		"totalHours": func() float64 { return deviceSeconds(r) / 3600 },
	}).Parse(reportTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, r)
	return out.Bytes(), err
}

// Link is the address of a workflow in Temporal's UI, "" when it is not known.
func (r Report) Link(id string) string {
	if r.UI == "" {
		return ""
	}
	return strings.TrimSuffix(r.UI, "/") + "/namespaces/" + r.Namespace + "/workflows/" + strings.ReplaceAll(id, "/", "%2F")
}

// Title is a step's name for people.
func Title(s workflows.Step) string {
	return strings.Join(strings.Fields(s.Stage+" "+s.Task+" "+s.Lang), " ")
}

// JSON is the whole report for other programs.
func JSON(r Report) ([]byte, error) { return json.MarshalIndent(r, "", " ") }

func indented(v any) (string, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return string(b), err
}

func number(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// FindRow returns one row of an evaluation.
func FindRow(e activities.Evaluated, row string) (activities.Row, bool) {
	for _, r := range e.Rows {
		if r.Row == row {
			return r, true
		}
	}
	return activities.Row{}, false
}

// Cell prints a row's score in percent with its interval.
func Cell(e activities.Evaluated, row string) string {
	r, ok := FindRow(e, row)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.1f (%.1f–%.1f)", 100*r.Score, 100*r.Low, 100*r.High)
}

// baselineTitles are what a score has to beat, in the order they are printed.
var baselineTitles = []struct{ name, title string }{
	{"all_o", "all O"}, {"most_frequent", "most frequent label"}, {"majority", "majority"}, {"chance", "chance"},
}

// Baselines prints what the scores have to beat.
func Baselines(e activities.Evaluated) string {
	var parts []string
	for _, b := range baselineTitles {
		if v, ok := e.Baselines[b.name]; ok {
			parts = append(parts, fmt.Sprintf("%s %.1f", b.title, 100*v))
		}
	}
	return strings.Join(parts, ", ")
}

// AdapterNames lists a result's adapters in the order of the pipeline.
func AdapterNames(r workflows.SweepResult) []string {
	var out []string
	add := func(name string) {
		if _, ok := r.Adapters[name]; ok {
			out = append(out, name)
		}
	}
	add("mlm-head")
	for _, lang := range r.Params.Languages() {
		add("language/" + lang)
	}
	for _, t := range r.Params.Tasks {
		add("task/" + t.Name + "/alone")
		add("task/" + t.Name)
	}
	return out
}
