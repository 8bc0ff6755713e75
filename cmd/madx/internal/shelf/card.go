package shelf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"text/template"

	"madx/activities"
	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/workflows"
)

// Card renders the README.md that goes with an adapter's folder, from its record and from what the sweeps tell that it
// took part in; what neither tells is not in it. It states no licence: nobody has given these weights one.
func (s *Shelf) Card(a Adapter) ([]byte, error) {
	c := card{Adapter: a, Results: s.Evaluations(a), Corpora: s.corpora(a), Data: s.data(a), Base: a.Model}
	if c.Base == "" {
		c.Base = "the base model"
	}
	if a.Madx != nil {
		c.Metrics = lines(a.Madx.Metrics)
		var r struct {
			Precision string       `json:"precision"`
			Train     spec.Train   `json:"train"`
			Language  spec.Adapter `json:"language"`
			Task      struct {
				Adapter spec.Adapter `json:"adapter"`
			} `json:"task"`
		}
		if json.Unmarshal(a.Madx.Recipe, &r) == nil {
			c.Train, c.Precision, c.Shape = r.Train, r.Precision, r.Language
			if a.Kind == "task" {
				c.Shape = r.Task.Adapter
			}
		}
	}
	var out bytes.Buffer
	err := cardTemplate.Execute(&out, c)
	return out.Bytes(), err
}

type card struct {
	Adapter
	Results   []activities.Evaluated
	Corpora   []activities.Corpus
	Data      []string // files that a task adapter was trained on
	Base      string
	Metrics   []string
	Train     spec.Train
	Shape     spec.Adapter
	Precision string
}

// Wikipedia tells whether text of a corpus is that of a dump: files say where they came from.
func (c card) Wikipedia() bool {
	for _, x := range c.Corpora {
		for _, o := range x.Origins {
			if o.From == "" {
				return true
			}
		}
	}
	return false
}

func lines(m map[string]float64) []string {
	var out []string
	for name, v := range m {
		out = append(out, fmt.Sprintf("%s: %.4g", name, v))
	}
	sort.Strings(out)
	return out
}

// corpora are what the sweeps say of the corpora that an adapter was made from.
func (s *Shelf) corpora(a Adapter) []activities.Corpus {
	seen := map[string]bool{}
	var out []activities.Corpus
	for _, r := range s.Sweeps {
		for _, x := range r.Corpora {
			if d := x.Ref.Digest; !seen[d] && slices.Contains(slices.Collect(maps.Values(a.Inputs)), d) {
				seen[d] = true
				out = append(out, x)
			}
		}
	}
	return out
}

// data names the files that a task adapter was trained on.
func (s *Shelf) data(a Adapter) []string {
	var out []string
	for _, r := range s.Sweeps {
		for _, t := range r.Params.Tasks {
			if got, ok := r.Adapters[a.Name]; !ok || got.Ref.Digest != a.Digest || strings.TrimSuffix(a.Name, "/alone") != "task/"+t.Name {
				continue
			}
			for _, stage := range append(slices.Clone(t.Before), workflows.StageParams{Data: t.Data}) {
				for _, d := range stage.Data {
					if name := d.File + " (" + d.Format + ")"; !slices.Contains(out, name) {
						out = append(out, name)
					}
				}
			}
		}
	}
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
license: unknown
---
# {{.Name}}: {{.Describe}}

Trained with madx on {{.Base}} as in MAD-X ([Pfeiffer et al. 2020](https://arxiv.org/abs/2005.00052)).

| | |
| --- | --- |
{{if .Lang}}| language | {{.Lang}} |
{{end}}{{if .Task}}| task | {{.Task}} |
{{end}}| base model | {{.Base}}{{with (madx .Madx).BaseDigest}} (digest {{.}}){{end}} |
{{if .Data}}| training data | {{range $i, $d := .Data}}{{if $i}}, {{end}}{{$d}}{{end}} |
{{end}}| adapter digest | {{.Digest}} |
{{if .Sweeps}}| sweep | {{range $i, $s := .Sweeps}}{{if $i}}, {{end}}{{$s}}{{end}} |
{{end}}
## Recipe

{{if .Train.Batch}}{{with .Trained.Steps}}{{.}} steps, {{end}}batch {{.Train.Batch}}, {{.Train.SeqLen}} tokens per row, learning rate {{.Train.LR}} ({{or .Train.Schedule "linear"}}), seed {{(madx .Madx).Seed}}{{with .Precision}}, base weights in {{.}}{{end}}.
{{with .Shape}}{{if .Reduction}}Reduction factor {{.Reduction}}, {{.NonLinearity}}{{if .Invertible}}; invertible adapter {{.Invertible}}, reduction factor {{.InvReduction}}{{end}}.
{{end}}{{end}}{{else}}Not recorded.
{{end}}{{range .Corpora}}
Corpus {{.Lang}}: {{range $i, $o := .Origins}}{{if $i}}, {{end}}{{$o.Name}}{{if $o.From}} ({{$o.From}}){{end}}{{end}}; {{.Stats.Tokens}} tokens in {{.Stats.Paragraphs}} paragraphs, {{.Rows}} rows.
{{range .Stats.Warnings}}
> {{.}}
{{end}}{{end}}{{range $lang, $d := (madx .Madx).Corpus}}
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
model = AutoAdapterModel.from_pretrained("PATH/OF/{{or .Model "THE/BASE/MODEL"}}")  # the folder it was trained on, or that model on the Hub
name = model.load_adapter("PATH/OF/THIS/FOLDER")
{{if eq .Kind "language"}}model.set_active_adapters(name)  # or Stack(name, task) with a task adapter trained on such a one
{{else}}from adapters.composition import Stack
language = model.load_adapter("PATH/OF/A/LANGUAGE/ADAPTER")  # of the text's language
model.set_active_adapters(Stack(language, name))
{{end}}{{end}}` + "```" + `

## Licence and limits

Nobody has stated a licence for these weights, so this card names none; whoever passes them on decides. What is known:

- The base model, {{.Base}}, has a licence of its own; madx does not record it. These weights are of use with that model only.
{{if eq .Kind "task"}}- The task data have a licence of their own, which madx does not record.
{{end}}{{if .Wikipedia}}- The text of Wikipedia is under CC BY-SA 4.0: whoever passes on the corpus must name Wikipedia and keep that licence. Whether
  the same holds for weights trained on it is not settled; this card does not decide it.
{{end}}{{range .Corpora}}{{range .Origins}}{{if .From}}- {{.Name}} is a file of the sweep's owner; madx does not record its licence.
{{end}}{{end}}{{end}}{{if and (ne .Kind "task") (not .Corpora)}}- What text it was trained on is not recorded here, nor that text's licence.
{{end}}
The figures above hold for the test data named by the sweep, nothing else.
`))
