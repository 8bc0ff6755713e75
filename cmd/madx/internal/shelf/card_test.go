package shelf

import (
	"strings"
	"testing"

	"madx/activities"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/workflows"
)

// The card says what is known of corpus, recipe and licences, and nothing that is not.
func TestCardSaysWhatIsKnown(t *testing.T) {
	wiki := activities.Origin{Name: "swwiki 20260101", SHA256: "x"}
	own := activities.Origin{Name: "mine.txt", From: "text/mine.txt"}
	recipe := []byte(`{"precision": "bfloat16", "language": {"reduction": 2, "non_linearity": "relu", "invertible": "nice", "invertible_reduction": 2},
		"train": {"steps": 60, "batch": 8, "seq_len": 128, "lr": 0.0005}}`)
	for _, c := range []struct {
		name          string
		adapter       Adapter
		origins       []activities.Origin
		says, saysNot []string
	}{
		{"of Wikipedia", Adapter{Kind: "language", Lang: "sw", Madx: &hub.Madx{Language: "sw", Recipe: recipe, Seed: 7}}, []activities.Origin{wiki},
			[]string{"license: unknown", "swwiki 20260101; 8062 tokens", "batch 8, 128 tokens per row, learning rate 0.0005", "seed 7", "Reduction factor 2, relu; invertible adapter nice",
				"CC BY-SA 4.0", "not settled", "language: sw", "model.load_adapter", "little text"}, []string{"license: cc", "of the sweep's owner", "Task data", "task data"}},
		{"of a file", Adapter{Kind: "language", Lang: "sw"}, []activities.Origin{own},
			[]string{"license: unknown", "mine.txt (text/mine.txt)", "mine.txt is a file of the sweep's owner", "Not recorded."}, []string{"CC BY-SA"}},
		{"of both", Adapter{Kind: "language", Lang: "sw"}, []activities.Origin{wiki, own}, []string{"CC BY-SA 4.0", "mine.txt is a file"}, nil},
		{"of nothing that is known", Adapter{Kind: "language", Lang: "sw"}, nil, []string{"What text it was trained on is not recorded"}, []string{"CC BY-SA", "Corpus sw"}},
		{"of a task", Adapter{Kind: "task", Task: "ner"}, nil, []string{"| training data | en.iob2 (iob2) |", "task data have a licence of their own", "Stack(language, name)"}, []string{"CC BY-SA", "What text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.adapter
			a.Name, a.Digest, a.Model = a.Kind+"/"+a.Lang+a.Task, strings.Repeat("0", 64), "xlm-roberta-base"
			a.Trained.Ref = objectstore.Ref{Digest: a.Digest}
			r := workflows.SweepResult{Sweep: "s", Adapters: map[string]activities.Trained{a.Name: a.Trained},
				Params: workflows.SweepParams{Tasks: []workflows.TaskParams{{Name: "ner", Data: []activities.Data{{File: "en.iob2", Format: "iob2"}}}}}}
			if c.origins != nil {
				a.Inputs = map[string]string{"corpus-sw": "d"}
				x := activities.Corpus{Lang: "sw", Ref: objectstore.Ref{Digest: "d"}, Origins: c.origins}
				x.Stats.Tokens, x.Stats.Warnings = 8062, []string{"little text"}
				r.Corpora = []activities.Corpus{x}
			}
			body, err := (&Shelf{Sweeps: []workflows.SweepResult{r}}).Card(a)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.says {
				if !strings.Contains(string(body), want) {
					t.Errorf("the card lacks %q:\n%s", want, body)
				}
			}
			for _, no := range c.saysNot {
				if strings.Contains(string(body), no) {
					t.Errorf("the card says %q:\n%s", no, body)
				}
			}
		})
	}
}
