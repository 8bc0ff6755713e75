package workflows

import (
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// CorpusParams is one language's way from dump to token shards.
type CorpusParams struct {
	Sweep     string                 `json:"sweep"`
	Model     string                 `json:"model"`
	Wiki      Wiki                   `json:"wiki"`
	Tokenizer activities.Ref         `json:"tokenizer"`
	Corpus    activities.CorpusInput `json:"corpus"`
}

// Corpus downloads a language's Wikipedia and turns it into token shards.
func Corpus(ctx workflow.Context, p CorpusParams) (activities.Corpus, error) {
	var a *activities.Activities
	var out activities.Corpus
	if err := label(ctx, labels{Sweep: p.Sweep, Lang: p.Wiki.Lang, Stage: "corpus", Model: p.Model}); err != nil {
		return out, err
	}
	var dump activities.Dump
	err := workflow.ExecuteActivity(data(ctx, "download "+p.Wiki.Wiki), a.Download, activities.DownloadInput{
		Lang: p.Wiki.Lang, Wiki: p.Wiki.Wiki, Mirror: p.Wiki.Mirror, Date: p.Wiki.Date}).Get(ctx, &dump)
	if err != nil {
		return out, err
	}
	in := p.Corpus
	in.Lang, in.Dump, in.Tokenizer = p.Wiki.Lang, dump.Ref, p.Tokenizer
	err = workflow.ExecuteActivity(data(ctx, "corpus "+p.Wiki.Lang), a.BuildCorpus, in).Get(ctx, &out)
	return out, err
}
