package shelf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"text/template"

	"madx/activities"
	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/workflows"
)

// Card renders the README.md that goes with an adapter's folder. m is its record, results are the evaluations in which
// the adapter took part; both may be empty.
func Card(a Adapter, results []activities.Evaluated) ([]byte, error) {
	c := card{Adapter: a, Results: results, Base: a.Model, Class: "AutoAdapterModel"}
	if c.Base == "" {
		c.Base = "the base model"
	}
	if a.Madx != nil {
		c.Metrics = lines(a.Madx.Metrics)
		var r struct {
			Precision string       `json:"precision"`
			Train     spec.Train   `json:"train"`
			Language  spec.Adapter `json:"language"`
		}
		if json.Unmarshal(a.Madx.Recipe, &r) == nil {
			c.Train, c.Precision = r.Train, r.Precision
		}
	}
	var out bytes.Buffer
	err := cardTemplate.Execute(&out, c)
	return out.Bytes(), err
}

type card struct {
	Adapter
	Results   []activities.Evaluated
	Base      string
	Class     string
	Metrics   []string
	Train     spec.Train
	Precision string
}

func lines(m map[string]float64) []string {
	var out []string
	for name, v := range m {
		out = append(out, fmt.Sprintf("%s: %.4g", name, v))
	}
	sort.Strings(out)
	return out
}

// Evaluations returns the results in which an adapter of some sweep took part.
func (s *Shelf) Evaluations(a Adapter) []activities.Evaluated {
	var out []activities.Evaluated
	for _, r := range s.Sweeps {
		if !uses(r, a) {
			continue
		}
		for _, e := range r.Results {
			if a.Kind == "task" && strings.HasPrefix(a.Name, "task/"+e.Task) || a.Kind == "language" && (a.Lang == e.Lang || a.Lang == r.Params.Source) {
				out = append(out, e)
			}
		}
	}
	return out
}

func uses(r workflows.SweepResult, a Adapter) bool {
	for _, t := range r.Adapters {
		if t.Ref.Digest == a.Digest {
			return true
		}
	}
	return false
}

// Describe is what the card and `adapters show` call the adapter.
func (a Adapter) Describe() string {
	switch {
	case a.Kind == "language":
		return "language adapter with invertible adapter for " + a.Lang
	case a.Kind == "mlm-head":
		return "masked-LM head"
	case a.Madx != nil && a.Madx.SourceDigest == "":
		return "task adapter for " + a.Task + ", trained without a language adapter"
	}
	return "task adapter for " + a.Task
}

var cardTemplate = template.Must(template.New("card").Funcs(template.FuncMap{
	"percent": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
	"madx": func(m *hub.Madx) *hub.Madx {
		if m == nil {
			return &hub.Madx{}
		}
		return m
	},
}).Parse(`---
{{if .Lang}}language: {{.Lang}}
{{end}}library_name: adapters
tags: [adapters, mad-x{{if .Task}}, {{.Task}}{{end}}]
license: {{if eq .Kind "task"}}other{{else}}cc-by-sa-4.0{{end}}
---
# {{.Name}}: {{.Describe}}

Trained with madx on {{.Base}} as in MAD-X ([Pfeiffer et al. 2020](https://arxiv.org/abs/2005.00052)).

| | |
| --- | --- |
{{if .Lang}}| language | {{.Lang}} |
{{end}}{{if .Task}}| task | {{.Task}} |
{{end}}| base model | {{.Base}}{{with (madx .Madx).BaseDigest}} (digest {{.}}){{end}} |
| adapter digest | {{.Digest}} |
{{if .Sweeps}}| sweep | {{range $i, $s := .Sweeps}}{{if $i}}, {{end}}{{$s}}{{end}} |
{{end}}
## Recipe

{{if .Train.Batch}}{{with .Trained.Steps}}{{.}} steps, {{end}}batch {{.Train.Batch}}, {{.Train.SeqLen}} tokens per row, learning rate {{.Train.LR}} ({{or .Train.Schedule "linear"}}), seed {{(madx .Madx).Seed}}{{with .Precision}}, base weights in {{.}}{{end}}.
{{else}}Not recorded.
{{end}}{{range $lang, $d := (madx .Madx).Corpus}}
Corpus {{$lang}}: digest {{$d}}.
{{end}}
## Metrics

{{range .Metrics}}- {{.}}
{{else}}None recorded.
{{end}}{{if .Results}}
| task | language | metric | row | score | 95% interval |
| --- | --- | --- | --- | --- | --- |
{{range $e := .Results}}{{range .Rows}}| {{$e.Task}} | {{$e.Lang}} | {{$e.Metric}} | {{.Row}} | {{percent .Score}} | {{percent .Low}}–{{percent .High}} |
{{end}}{{end}}{{end}}
## Use it in Python

` + "```python" + `
{{if eq .Kind "mlm-head"}}from safetensors.torch import load_file
head = load_file("mlm_head.safetensors")  # the base model's masked-LM head, by Hugging Face's names
{{else}}from adapters import AutoAdapterModel
model = AutoAdapterModel.from_pretrained("{{or .Model "PATH/OF/THE/BASE/MODEL"}}")
name = model.load_adapter("PATH/OF/THIS/FOLDER")
{{if eq .Kind "language"}}model.set_active_adapters(name)  # or Stack(name, task) with a task adapter trained on such a one
{{else}}from adapters.composition import Stack
language = model.load_adapter("PATH/OF/A/LANGUAGE/ADAPTER")  # of the text's language
model.set_active_adapters(Stack(language, name))
{{end}}{{end}}` + "```" + `

## Licence and limits

The weights derive from the base model and from the data they were trained on: Wikipedia's text is CC BY-SA 4.0, and task
data have licences of their own. Check both before you pass this on.
`))
