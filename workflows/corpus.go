package workflows

import (
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// CorpusParams is one language's way from text to token shards: its Wikipedia, unless Wiki.None, then the files in
// Texts.
type CorpusParams struct {
	Sweep     string                 `json:"sweep"`
	Model     string                 `json:"model"`
	Wiki      Wiki                   `json:"wiki"`
	Texts     []activities.Text      `json:"texts,omitempty"`
	Tokenizer activities.Ref         `json:"tokenizer"`
	Corpus    activities.CorpusInput `json:"corpus"`
}

// Corpus downloads a language's Wikipedia, where that is wanted, and turns the text into token shards.
func Corpus(ctx workflow.Context, p CorpusParams) (activities.Corpus, error) {
	l := labels{Sweep: p.Sweep, Lang: p.Wiki.Lang, Stage: stageCorpus, Model: p.Model}
	return labelled(ctx, l, func() (activities.Corpus, error) { return corpus(ctx, p) })
}

func corpus(ctx workflow.Context, p CorpusParams) (out activities.Corpus, err error) {
	var a *activities.Activities
	in := p.Corpus
	in.Lang, in.Texts, in.Tokenizer = p.Wiki.Lang, p.Texts, p.Tokenizer
	if !p.Wiki.None {
		var dump activities.Dump
		err := workflow.ExecuteActivity(data(ctx, "download "+p.Wiki.Wiki), a.Download, activities.DownloadInput{
			Lang: p.Wiki.Lang, Wiki: p.Wiki.Wiki, Mirror: p.Wiki.Mirror, Date: p.Wiki.Date}).Get(ctx, &dump)
		if err != nil {
			return out, err
		}
		in.Dump = dump.Ref
	}
	err = workflow.ExecuteActivity(data(ctx, "corpus "+p.Wiki.Lang), a.BuildCorpus, in).Get(ctx, &out)
	return out, err
}
