package workflows

import (
	"slices"

	"madx/activities"
	"madx/trainer/spec"
)

// SweepParams is everything a sweep needs, resolved: no path of the submitting machine is in it.
type SweepParams struct {
	Name    string           `json:"name"`
	Model   activities.Model `json:"model"`
	Source  string           `json:"source"`  // source language
	Targets []string         `json:"targets"` // target languages, without the source
	Wikis   []Wiki           `json:"wikis"`   // one per language, source first
	// Texts are a language's files of text beside, or with Wiki.None in place of, its Wikipedia.
	Texts map[string][]activities.Text `json:"texts,omitempty"`

	Corpus   activities.CorpusInput `json:"corpus"`   // template: everything but Lang, Dump and Tokenizer
	MLMHead  spec.Train             `json:"mlm_head"` // used when the model has none
	Language LanguageParams         `json:"language"`
	Tasks    []TaskParams           `json:"tasks"`
	Seed     uint64                 `json:"seed"`

	Parallel int               `json:"parallel,omitempty"` // steps under way at once; 0 means defaultParallel
	Priority int               `json:"priority,omitempty"` // 1 (first) to 5 among the sweeps of a cluster; 0 means 3
	Goal     string            `json:"goal,omitempty"`     // id of the only step that is wanted, with what it needs; empty: all
	Carried  activities.Packed `json:"carried,omitempty"`  // of a sweep that goes on: all of the above and where it stands
}

// Wiki says where a language's text comes from.
type Wiki struct {
	Lang   string `json:"lang"`
	Wiki   string `json:"wiki"`
	Mirror string `json:"mirror"`
	Date   string `json:"date"`
	None   bool   `json:"none,omitempty"` // this language does without Wikipedia
}

// LanguageParams is the recipe of the language adapters; Steps overrides Train.Steps for single languages.
type LanguageParams struct {
	Adapter spec.Adapter   `json:"adapter"`
	Train   spec.Train     `json:"train"`
	Steps   map[string]int `json:"steps,omitempty"`
}

// TaskParams is one task: its source-language training data and its test data per language.
type TaskParams struct {
	Name    string                       `json:"name"`
	Task    spec.TaskAdapter             `json:"task"`
	Data    []activities.Data            `json:"data"`
	HeldOut []activities.Data            `json:"held_out,omitempty"`
	Test    map[string][]activities.Data `json:"test"` // language → files
	Train   spec.Train                   `json:"train"`
	// Before are trainings that the task adapter goes through first, in order, such as Social IQa before COPA.
	Before []StageParams `json:"before,omitempty"`
}

// StageParams is an earlier training of a task adapter, on other data.
type StageParams struct {
	Data    []activities.Data `json:"data"`
	HeldOut []activities.Data `json:"held_out,omitempty"`
	Train   spec.Train        `json:"train"`
}

// Languages returns the source and the targets, source first.
func (p SweepParams) Languages() []string { return append([]string{p.Source}, p.Targets...) }

// LanguageInput returns the training of lang's adapter, without the corpus and the MLM head.
func (p SweepParams) LanguageInput(lang string) activities.LanguageInput {
	in := activities.LanguageInput{Model: p.Model, Adapter: p.Language.Adapter, Train: p.Language.Train, Seed: p.Seed}
	in.Adapter.Name, in.Adapter.Lang = lang, lang
	if n := p.Language.Steps[lang]; n > 0 {
		in.Train.Steps = n
	}
	return in
}

// TaskInput returns the training of a task adapter, without the source's adapter below it.
func (p SweepParams) TaskInput(t TaskParams) activities.TaskInput {
	return activities.TaskInput{Model: p.Model, Task: t.Task, Data: t.Data, HeldOut: t.HeldOut, Train: t.Train, Seed: p.Seed}
}

// StageInput returns an earlier training of a task adapter, without the source's adapter and the training before it.
func (p SweepParams) StageInput(t TaskParams, stage int) activities.TaskInput {
	in := p.TaskInput(t)
	in.Data, in.HeldOut, in.Train = t.Before[stage].Data, t.Before[stage].HeldOut, t.Before[stage].Train
	return in
}

// EvaluateInput returns the evaluation of a task in lang, without the adapters.
func (p SweepParams) EvaluateInput(t TaskParams, lang string) activities.EvaluateInput {
	return activities.EvaluateInput{Model: p.Model, Task: t.Task.Task, Labels: t.Task.Labels, LabelMap: t.Task.LabelMap, Lang: lang,
		Data: t.Test[lang], Train: t.Data, SeqLen: t.Train.SeqLen}
}

// task returns the task of a name.
func (p SweepParams) task(name string) (TaskParams, bool) {
	i := slices.IndexFunc(p.Tasks, func(t TaskParams) bool { return t.Name == name })
	if i < 0 {
		return TaskParams{}, false
	}
	return p.Tasks[i], true
}

// Wiki returns the text source of lang.
func (p SweepParams) Wiki(lang string) Wiki {
	for _, w := range p.Wikis {
		if w.Lang == lang {
			return w
		}
	}
	return Wiki{Lang: lang, Wiki: lang + "wiki"}
}
