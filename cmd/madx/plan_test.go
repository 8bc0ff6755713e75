package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/viper"

	"madx/activities"
	"madx/datasets/tokenizer"
	"madx/datasets/wikipedia"
	"madx/infra/config"
	"madx/infra/objectstore"
	"madx/trainer/weights"
	"madx/workflows"
)

// tinySweep is a valid sweep file over the golden set's tiny model and two sentences.
func tinySweep(t *testing.T) *config.Sweep {
	t.Helper()
	dir := t.TempDir()
	write := func(name, body string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	model := filepath.Join("..", "..", "trainer", "model", "testdata", "parity", "xlmr", "model")
	shape, err := os.ReadFile(filepath.Join(model, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := weights.ReadSafetensors(filepath.Join(model, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	// With positions for the published recipe's texts, as a real model has.
	write("model/config.json", strings.Replace(string(shape), `"max_position_embeddings": 66`, `"max_position_embeddings": 514`, 1))
	for name := range tensors {
		if strings.HasSuffix(name, "position_embeddings.weight") {
			tensors[name] = weights.FromFloat32s([]int64{514, 32}, make([]float32, 514*32))
		}
	}
	if err := weights.WriteSafetensors(filepath.Join(dir, "model", "model.safetensors"), tensors, nil); err != nil {
		t.Fatal(err)
	}
	pieces, scores := []string{"<s>", "<pad>", "</s>", "<unk>", "▁"}, make([]float64, 5)
	if err := tokenizer.WriteUnigramJSON(filepath.Join(dir, "model", "tokenizer.json"),
		tokenizer.UnigramFile{Pieces: pieces, Scores: scores, Unk: 3}); err != nil {
		t.Fatal(err)
	}
	write("en.iob2", "Ann\tB-PER\nsings\tO\n\n")
	write("sw.iob2", "Juma\tB-PER\nanaimba\tO\n\n")
	write("sweep.yaml", `name: tiny
model: {path: model, precision: float32}
source: en
targets: [sw]
wikipedia: {mirror: "http://127.0.0.1:1"}
language: {steps: 7}
tasks:
  - name: ner
    kind: ner
    labels: [O, B-PER, I-PER]
    train: [{path: en.iob2, format: iob2}]
    test: {en: [{path: en.iob2, format: iob2}], sw: [{path: sw.iob2, format: iob2}]}
    steps: 5
`)
	s, err := config.ReadSweep(filepath.Join(dir, "sweep.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPlanListsThePipelineInOrder(t *testing.T) {
	var got []string
	for _, st := range plan(tinySweep(t)) {
		got = append(got, fmt.Sprintf("%s/%s/%s/%d", st.Stage, st.Task, st.Lang, st.Steps))
	}
	want := "[corpus//en/0 corpus//sw/0 mlm-head///10000 language//en/7 language//sw/7 task alone/ner/en/5 task/ner/en/5 zero-shot/ner/en/0 zero-shot/ner/sw/0]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestBudgetAsksFirst(t *testing.T) {
	s := tinySweep(t)
	s.Budget.Hours, s.Budget.CostPerHour = 0.001, 2
	steps := plan(s)
	estimate(steps, rates{assumed: rate{tokensPerS: 1}}, s.Budget.CostPerHour)
	a := &app{out: io.Discard, err: io.Discard}
	if err := a.askFirst(s, steps, false, strings.NewReader("y\n")); exitStatus(err) != 2 || !strings.Contains(err.Error(), "USD") {
		t.Errorf("started without a terminal: %v", err)
	}
	if err := a.askFirst(s, steps, true, nil); err != nil {
		t.Errorf("--yes: %v", err)
	}
	s.Budget.Hours = 0
	if err := a.askFirst(s, steps, false, nil); err != nil {
		t.Errorf("no budget: %v", err)
	}
	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "\n": false, "": false, "no\n": false} {
		if a.confirm(strings.NewReader(answer), "?") != want {
			t.Errorf("the answer %q is not taken as %v", answer, want)
		}
	}
}

// Epochs are counted in rows, evaluations read their data once for every row of the comparison.
func TestPlanCountsEpochs(t *testing.T) {
	s := tinySweep(t)
	s.Tasks[0].Steps, s.Tasks[0].Epochs, s.Tasks[0].Batch = 0, 3, 16
	found := map[string]planStep{}
	for _, st := range (&app{settings: viper.New(), data: t.TempDir()}).planned(t.Context(), s) {
		found[st.Stage+" "+st.Lang] = st
	}
	if st := found["task en"]; st.Rows != 1 || st.Steps != 3 || st.Tokens <= 0 || st.Hours <= 0 {
		t.Errorf("%+v", st)
	}
	if en, sw := found["zero-shot en"], found["zero-shot sw"]; en.Tokens <= 0 || sw.Tokens <= en.Tokens {
		t.Errorf("evaluations read %v and %v tokens", en.Tokens, sw.Tokens)
	}
	if st := found["mlm-head "]; st.State != "not needed" || st.Hours != 0 {
		t.Errorf("the base has a head: %+v", st)
	}
}

func TestRatesAreMeasuredOnesOfTheSameModel(t *testing.T) {
	t.Setenv("MADX_HOME", t.TempDir())
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if r := measuredRates(t.Context(), store, "m", 1000).of("language"); r.tokensPerS != 1000 || !strings.HasPrefix(r.from, "assumed") {
		t.Errorf("nothing measured: %+v", r)
	}
	if err := keepBench(benched{Model: "x", Digest: "m", Device: "cpu", TokensPerS: map[string]float64{"mlm": 50, "task": 70}}); err != nil {
		t.Fatal(err)
	}
	r := measuredRates(t.Context(), store, "m", 1000)
	if r.of("language").tokensPerS != 50 || r.of("mlm-head").tokensPerS != 50 || r.of("task").tokensPerS != 70 || r.of("zero-shot").tokensPerS != 1000 {
		t.Errorf("benched: %+v", r)
	}
	for i, speed := range []float64{10, 20, 90} {
		done := workflows.SweepResult{Sweep: fmt.Sprint("s", i), Adapters: map[string]activities.Trained{"language/sw": {TokensPerS: speed}},
			Results: []activities.Evaluated{{Task: "ner", Examples: 10, Seconds: 20, Rows: make([]activities.Row, 2)}}}
		done.Params.Model.Digest = "m"
		body, _ := json.Marshal(done)
		if err := store.Put(t.Context(), "sweeps/"+done.Sweep+"/results.json", bytes.NewReader(body), int64(len(body)), objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r = measuredRates(t.Context(), store, "m", 1000)
	if r.of("language").tokensPerS != 20 || r.of("task").tokensPerS != 70 || r.examples["ner"] != 1 {
		t.Errorf("finished sweeps: %+v", r)
	}
	if r := measuredRates(t.Context(), store, "another", 1000); r.of("language").tokensPerS != 1000 {
		t.Errorf("another model's rates are taken: %+v", r)
	}
}

// What the plan calls cached is what an activity would find: artifacts under the keys of the very same inputs.
func TestPlanFindsWhatIsInTheStore(t *testing.T) {
	ctx := t.Context()
	s := tinySweep(t)
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := finishedSteps(ctx, store, s); err != nil || len(found) != 0 {
		t.Fatalf("an empty store: %v, %v", found, err)
	}
	p, err := (&submission{store: store, say: t.Logf}).params(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	commit := func(stage, key string, meta any) objectstore.Ref {
		body, err := json.Marshal(meta)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := objectstore.Commit(ctx, store, activities.ArtifactPrefix(stage, key), dir, objectstore.Manifest{Kind: stage, Key: key, Meta: body})
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	key := func(in interface{ Key() (string, error) }) string {
		k, err := in.Key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	corpusIn := p.Corpus
	corpusIn.Lang, corpusIn.Tokenizer = "en", p.Model.Tokenizer
	corpusIn.Dump = commit("dump", "d", wikipedia.Snapshot{Wiki: "enwiki", Date: "20260101"})
	lang := p.LanguageInput("en")
	lang.Corpus = activities.Corpus{Lang: "en", Ref: commit("corpus", key(corpusIn), nil)}
	commit("language", key(lang), nil)
	commit("task", key(p.TaskInput(p.Tasks[0])), nil)

	want := map[string]bool{"corpus//en": true, "language//en": true, "task alone/ner/en": true}
	check := func(want map[string]bool) {
		t.Helper()
		found, err := finishedSteps(ctx, store, s)
		if err != nil {
			t.Fatal(err)
		}
		for name, ok := range found {
			if ok != want[name] {
				t.Errorf("%s: cached %v", name, ok)
			}
		}
		for name := range want {
			if !found[name] {
				t.Errorf("%s is not found", name)
			}
		}
	}
	check(want)
	s.Language.LR *= 2 // another recipe is another adapter; the rest stays
	delete(want, "language//en")
	check(want)
}

func TestADamagedInputIsUploadedAgain(t *testing.T) {
	ctx := t.Context()
	s := tinySweep(t)
	root := t.TempDir()
	store, err := objectstore.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	upload := func() objectstore.Ref {
		p, err := (&submission{store: store, say: t.Logf}).params(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		return p.Model.Ref
	}
	ref := upload()
	lost := filepath.Join(root, filepath.FromSlash(ref.Prefix), "model.safetensors")
	if err := os.Truncate(lost, 10); err != nil {
		t.Fatal(err)
	}
	if again := upload(); again != ref {
		t.Errorf("another reference: %+v, %+v", ref, again)
	}
	if _, err := objectstore.Fetch(ctx, store, ref.Prefix, filepath.Join(t.TempDir(), "model")); err != nil {
		t.Error(err)
	}
}
