package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"madx/trainer/evaluate"
	"madx/trainer/hub"
)

// The Python library's figures with this recipe (adapters 1.3.0, means of two seeds): held-out masked-LM losses in nats
// per masked token with the trained head alone and with a language adapter, and entity F1 × 100.
var (
	peerHead = map[string]float64{"en": 6.5, "de": 7.2, "es": 7.1, "ru": 7.1, "sw": 6.9}
	peerLang = map[string]float64{"en": 4.8, "de": 5.6, "es": 5.6}
	peerF1   = map[string]map[string]float64{
		"task_alone":     {"en": 71.6, "de": 70.7, "es": 68.7, "ru": 56.1},
		"source_kept":    {"en": 70.6, "de": 68.6, "es": 65.1, "ru": 53.6},
		"target_swapped": {"de": 66.0, "es": 63.1},
	}
)

// Noise: of a mean over languages and seeds the difference that two runs of one program show; of a loss, what another
// held-out sample and rounding show.
const (
	noiseF1   = 2.0
	noiseLoss = 0.2
)

// table compares; good is false where a figure that must hold does not.
func (p *plan) table(seeds int) (text string, good bool, err error) {
	var b strings.Builder
	good = true
	verdict := func(worse bool) string {
		if worse {
			good = false
			return "GAP"
		}
		return "ok"
	}
	fmt.Fprintf(&b, "\nHeld-out masked-LM loss, nats per masked token (lower is better)\n%-22s%9s%9s\n", "", "here", "library")
	losses, err := p.losses(seeds)
	if err != nil {
		return "", false, err
	}
	for _, lang := range headLanguages {
		here := losses["head"][lang]
		fmt.Fprintf(&b, "%-22s%9.2f%9.1f  %s\n", "head trained, "+lang, here, peerHead[lang], verdict(here > peerHead[lang]+noiseLoss))
	}
	for _, lang := range adapterLanguages {
		here := losses["lang"][lang]
		fmt.Fprintf(&b, "%-22s%9.2f%9.1f  %s\n", "language adapter, "+lang, here, peerLang[lang], verdict(here > peerLang[lang]+noiseLoss))
	}

	fmt.Fprintf(&b, "\nEntity F1 × 100, mean of %d seeds (library in brackets)\n%-16s", seeds, "")
	for _, lang := range testLanguages {
		fmt.Fprintf(&b, "%16s", lang)
	}
	fmt.Fprintf(&b, "%16s\n", "mean")
	scores, err := p.scores(seeds)
	if err != nil {
		return "", false, err
	}
	for _, row := range []string{"task_alone", "source_kept", "target_swapped"} {
		fmt.Fprintf(&b, "%-16s", row)
		var here, peer float64
		n := 0
		for _, lang := range testLanguages {
			score, ok := scores[row][lang]
			if !ok {
				fmt.Fprintf(&b, "%16s", "–")
				continue
			}
			fmt.Fprintf(&b, "%16s", fmt.Sprintf("%.1f (%.1f)", score, peerF1[row][lang]))
			here, peer = here+score, peer+peerF1[row][lang]
			n++
		}
		fmt.Fprintf(&b, "%16s", fmt.Sprintf("%.1f (%.1f)", here/float64(n), peer/float64(n)))
		if row != "target_swapped" { // two languages only: no figure to hold anyone to
			fmt.Fprintf(&b, "  %s", verdict(here/float64(n) < peer/float64(n)-noiseF1))
		}
		fmt.Fprintln(&b)
	}
	return b.String(), good, nil
}

// losses reads the held-out losses from the artifacts; of language adapters the mean over the seeds.
func (p *plan) losses(seeds int) (map[string]map[string]float64, error) {
	out := map[string]map[string]float64{"head": {}, "lang": {}}
	var head hub.Madx
	if err := readJSON(p.path("mlm-head", "madx.json"), &head); err != nil {
		return nil, err
	}
	for _, lang := range headLanguages {
		out["head"][lang] = head.Metrics["held_out_loss."+lang]
	}
	for seed := 1; seed <= seeds; seed++ {
		for _, lang := range adapterLanguages {
			var m hub.Madx
			if err := readJSON(p.path(languageAdapter(lang, seed), "madx.json"), &m); err != nil {
				return nil, err
			}
			out["lang"][lang] += m.Metrics["held_out_loss"] / float64(seeds)
		}
	}
	return out, nil
}

// scores reads the mean F1 × 100 of each row and language.
func (p *plan) scores(seeds int) (map[string]map[string]float64, error) {
	out := map[string]map[string]float64{}
	for seed := 1; seed <= seeds; seed++ {
		for _, lang := range testLanguages {
			var r evaluate.Result
			if err := readJSON(p.path(fmt.Sprintf("eval-%s-%d", lang, seed), "results.json"), &r); err != nil {
				return nil, err
			}
			for _, row := range r.Rows {
				if out[row.Row] == nil {
					out[row.Row] = map[string]float64{}
				}
				out[row.Row][lang] += 100 * row.Score / float64(seeds)
			}
		}
	}
	return out, nil
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
