package main

import (
	"fmt"

	"madx/trainer/spec"
)

// job is one run of madx-trainer; its artifact is the folder of its name.
type job struct {
	name    string
	after   []string // artifacts it needs
	threads int      // 0: all cores
	spec    spec.Spec
}

const headSteps, headBatch = 600, 12 // the recipe's 300 × 1,024 and 300 × 2,048 tokens, evenly

// jobs is the recipe.
func (p *plan) jobs(seeds int) []job {
	base := spec.Model{Dir: p.encoder, Precision: "bfloat16"}
	withHead := base
	withHead.MLMHead = p.path("mlm-head")
	corpora := func(langs ...string) (c []spec.Corpus) {
		for _, lang := range langs {
			c = append(c, spec.Corpus{Lang: lang, Dir: p.path("corpus-" + lang)})
		}
		return c
	}
	jobs := []job{{name: "mlm-head", spec: spec.Spec{
		Kind: spec.KindMLMHead, Seed: 1, Model: base, Corpora: corpora(headLanguages...),
		Train: &spec.Train{Steps: headSteps, Batch: headBatch, SeqLen: seqLen, LR: 1e-3, ClipNorm: 1, EvalRows: 64, CheckpointEvery: 50},
	}}}
	for seed := 1; seed <= seeds; seed++ {
		for _, lang := range adapterLanguages {
			jobs = append(jobs, job{name: languageAdapter(lang, seed), after: []string{"mlm-head"}, threads: 1, spec: spec.Spec{
				Kind: spec.KindLanguage, Seed: uint64(seed), Model: withHead, Corpora: corpora(lang), Language: &spec.Adapter{Name: lang, Lang: lang},
				Train: &spec.Train{Steps: 300, Batch: 8, SeqLen: seqLen, LR: 5e-4, WeightDecay: 0.01, ClipNorm: 1, EvalRows: 64, CheckpointEvery: 50},
			}})
		}
		alone, stacked, source := fmt.Sprintf("ner-alone-%d", seed), fmt.Sprintf("ner-%d", seed), languageAdapter("en", seed)
		jobs = append(jobs,
			job{name: alone, threads: 1, spec: p.task(base, uint64(seed), "")},
			job{name: stacked, after: []string{source}, threads: 1, spec: p.task(base, uint64(seed), p.path(source))})
		for _, lang := range testLanguages {
			jobs = append(jobs, p.evaluation(base, lang, seed, alone, stacked))
		}
	}
	return jobs
}

func languageAdapter(lang string, seed int) string { return fmt.Sprintf("lang-%s-%d", lang, seed) }

func (p *plan) task(base spec.Model, seed uint64, source string) spec.Spec {
	return spec.Spec{
		Kind: spec.KindTask, Seed: seed, Model: base,
		Task: &spec.TaskAdapter{Adapter: spec.Adapter{Name: "ner", Reduction: 16}, Task: spec.TaskNER, Labels: labels, Source: source,
			Train: p.sentences("en", "train"), HeldOut: p.sentences("en", "val")},
		Train: &spec.Train{Epochs: 3, Batch: 16, SeqLen: seqLen, LR: 1e-3, WeightDecay: 0.01, ClipNorm: 1, CheckpointEvery: 100},
	}
}

func (p *plan) evaluation(base spec.Model, lang string, seed int, alone, stacked string) job {
	e := &spec.Evaluate{
		Task: spec.TaskNER, Labels: labels, Adapter: p.path(stacked), Alone: p.path(alone), Source: p.path(languageAdapter("en", seed)), Lang: lang,
		Data: p.sentences(lang, "test"), Train: p.sentences("en", "train"),
	}
	after := []string{alone, stacked}
	if lang == "de" || lang == "es" {
		target := languageAdapter(lang, seed)
		e.Target = p.path(target)
		after = append(after, target)
	}
	return job{name: fmt.Sprintf("eval-%s-%d", lang, seed), after: after, threads: 1,
		spec: spec.Spec{Kind: spec.KindEvaluate, Seed: 1, Model: base, Evaluate: e}}
}

func (p *plan) sentences(lang, split string) []spec.Dataset {
	return []spec.Dataset{{Path: p.path("ner-" + lang + "-" + split + ".conll"), Format: "iob2", Split: split}}
}
