package activities

import (
	"strings"
	"testing"

	"madx/trainer/spec"
)

func ref(digest string) Ref {
	return Ref{Prefix: "p/" + digest, URI: "s3://b/p/" + digest, Digest: digest}
}

// moved is the same content at another place.
func moved(r Ref) Ref { return Ref{Prefix: "elsewhere", URI: "file:///elsewhere", Digest: r.Digest} }

func languageInput() LanguageInput {
	head := ref("head")
	return LanguageInput{Model: Model{Ref: ref("m"), Name: "m", Digest: "model", Precision: "float32"}, MLMHead: &head,
		Corpus:  Corpus{Lang: "sw", Ref: ref("corpus"), Rows: 10},
		Adapter: spec.Adapter{Name: "sw", Lang: "sw", Reduction: 2, PerLayer: map[string]float64{"1": 4, "0": 8}},
		Train:   spec.Train{Steps: 10, Batch: 8, SeqLen: 128, LR: 1e-4}, Seed: 1}
}

func TestLanguageKey(t *testing.T) {
	testKey(t, languageInput, LanguageInput.Key, map[string]func(*LanguageInput){
		"micro-batch":         func(in *LanguageInput) { in.Train.MicroBatch = 2 },
		"checkpoint interval": func(in *LanguageInput) { in.Train.CheckpointEvery = 5 },
		"kept checkpoints":    func(in *LanguageInput) { in.Train.KeepCheckpoints = 5 },
		"log interval":        func(in *LanguageInput) { in.Train.LogEvery = 1 },
		"model's name":        func(in *LanguageInput) { in.Model.Name = "other" },
		"model's place":       func(in *LanguageInput) { in.Model.Ref = moved(in.Model.Ref) },
		"corpus's place":      func(in *LanguageInput) { in.Corpus.Ref = moved(in.Corpus.Ref) },
		"corpus's figures":    func(in *LanguageInput) { in.Corpus.Rows, in.Corpus.Cached = 11, true },
		"head's place":        func(in *LanguageInput) { m := moved(*in.MLMHead); in.MLMHead = &m },
	}, map[string]func(*LanguageInput){
		"model":        func(in *LanguageInput) { in.Model.Digest = "x" },
		"precision":    func(in *LanguageInput) { in.Model.Precision = "bfloat16" },
		"corpus":       func(in *LanguageInput) { in.Corpus.Ref = ref("x") },
		"head":         func(in *LanguageInput) { h := ref("x"); in.MLMHead = &h },
		"no head":      func(in *LanguageInput) { in.MLMHead = nil },
		"seed":         func(in *LanguageInput) { in.Seed = 2 },
		"steps":        func(in *LanguageInput) { in.Train.Steps = 11 },
		"batch":        func(in *LanguageInput) { in.Train.Batch = 16 },
		"sequence":     func(in *LanguageInput) { in.Train.SeqLen = 64 },
		"rate":         func(in *LanguageInput) { in.Train.LR = 2e-4 },
		"schedule":     func(in *LanguageInput) { in.Train.Schedule = "cosine" },
		"warm-up":      func(in *LanguageInput) { in.Train.Warmup = 1 },
		"decay":        func(in *LanguageInput) { in.Train.WeightDecay = 0.1 },
		"clipping":     func(in *LanguageInput) { in.Train.ClipNorm = 1 },
		"dropout":      func(in *LanguageInput) { in.Train.Dropout = 0.1 },
		"whole words":  func(in *LanguageInput) { in.Train.WholeWord = true },
		"keeping best": func(in *LanguageInput) { in.Train.KeepBest = true },
		"reduction":    func(in *LanguageInput) { in.Adapter.Reduction = 4 },
		"one layer":    func(in *LanguageInput) { in.Adapter.PerLayer = map[string]float64{"1": 5, "0": 8} },
		"left out":     func(in *LanguageInput) { in.Adapter.LeaveOut = []int{11} },
		"name":         func(in *LanguageInput) { in.Adapter.Name = "swahili" },
		"inverse":      func(in *LanguageInput) { in.Adapter.NoInverse = true },
	})
}

func TestMLMHeadKey(t *testing.T) {
	in := func() MLMHeadInput {
		l := languageInput()
		return MLMHeadInput{Model: l.Model, Corpora: []Corpus{l.Corpus, {Lang: "de", Ref: ref("de")}}, Train: l.Train, Seed: 1}
	}
	testKey(t, in, MLMHeadInput.Key, map[string]func(*MLMHeadInput){
		"micro-batch":   func(in *MLMHeadInput) { in.Train.MicroBatch = 2 },
		"corpus cached": func(in *MLMHeadInput) { in.Corpora[0].Cached = true },
	}, map[string]func(*MLMHeadInput){
		"order":         func(in *MLMHeadInput) { in.Corpora[0], in.Corpora[1] = in.Corpora[1], in.Corpora[0] },
		"corpus":        func(in *MLMHeadInput) { in.Corpora[1].Ref = ref("x") },
		"one corpus":    func(in *MLMHeadInput) { in.Corpora = in.Corpora[:1] },
		"its language":  func(in *MLMHeadInput) { in.Corpora[1].Lang = "nl" },
		"seed":          func(in *MLMHeadInput) { in.Seed = 2 },
		"evaluation of": func(in *MLMHeadInput) { in.Train.EvalEvery = 7 },
	})
}

func TestTaskKey(t *testing.T) {
	in := func() TaskInput {
		source := ref("source")
		return TaskInput{Model: languageInput().Model, Source: &source, Data: []Data{{ref("d"), "a.iob2", "iob2"}}, HeldOut: []Data{{ref("h"), "b.iob2", "iob2"}},
			Task:  spec.TaskAdapter{Task: spec.TaskNER, Labels: []string{"O", "B-X", "I-X"}, Adapter: spec.Adapter{Name: "ner", Reduction: 16}},
			Train: spec.Train{Epochs: 3, Batch: 8, SeqLen: 128, LR: 1e-4}}
	}
	testKey(t, in, TaskInput.Key, map[string]func(*TaskInput){
		"micro-batch":  func(in *TaskInput) { in.Train.MicroBatch = 1 },
		"data's place": func(in *TaskInput) { in.Data[0].Ref = moved(in.Data[0].Ref) },
	}, map[string]func(*TaskInput){
		"alone":      func(in *TaskInput) { in.Source = nil },
		"source":     func(in *TaskInput) { s := ref("x"); in.Source = &s },
		"data":       func(in *TaskInput) { in.Data[0].Ref = ref("x") },
		"its format": func(in *TaskInput) { in.Data[0].Format = "conll" },
		"held out":   func(in *TaskInput) { in.HeldOut = nil },
		"swapped":    func(in *TaskInput) { in.Data, in.HeldOut = in.HeldOut, in.Data },
		"labels":     func(in *TaskInput) { in.Task.Labels = []string{"O", "I-X", "B-X"} },
		"task":       func(in *TaskInput) { in.Task.Task = spec.TaskQA },
		"epochs":     func(in *TaskInput) { in.Train.Epochs = 4 },
		"reduction":  func(in *TaskInput) { in.Task.Adapter.Reduction = 8 },
	})
}

func TestEvaluateKey(t *testing.T) {
	in := func() EvaluateInput {
		alone, target := ref("alone"), ref("target")
		return EvaluateInput{Model: languageInput().Model, Task: spec.TaskNER, Labels: []string{"O", "B-X"}, Lang: "sw", Stack: ref("stack"),
			Alone: &alone, Source: ref("source"), Target: &target, Data: []Data{{ref("d"), "a", "iob2"}}, Train: []Data{{ref("t"), "b", "iob2"}}, SeqLen: 128}
	}
	testKey(t, in, EvaluateInput.Key, map[string]func(*EvaluateInput){
		"batch":           func(in *EvaluateInput) { in.Batch = 4 },
		"adapter's place": func(in *EvaluateInput) { in.Stack = moved(in.Stack) },
	}, map[string]func(*EvaluateInput){
		"stack":     func(in *EvaluateInput) { in.Stack = ref("x") },
		"no alone":  func(in *EvaluateInput) { in.Alone = nil },
		"no target": func(in *EvaluateInput) { in.Target = nil },
		"exchanged": func(in *EvaluateInput) { a := in.Source; in.Source, in.Target = *in.Target, &a },
		"language":  func(in *EvaluateInput) { in.Lang = "de" },
		"data":      func(in *EvaluateInput) { in.Data[0].Ref = ref("x") },
		"training":  func(in *EvaluateInput) { in.Train = nil },
		"sequence":  func(in *EvaluateInput) { in.SeqLen = 64 },
		"labels":    func(in *EvaluateInput) { in.Labels = []string{"O", "B-Y"} },
		"model":     func(in *EvaluateInput) { in.Model.Digest = "x" },
	})
}

func TestCorpusKey(t *testing.T) {
	in := func() CorpusInput {
		return CorpusInput{Lang: "sw", Dump: ref("dump"), Tokenizer: ref("tok"), SeqLen: 128, HeldOutPercent: 5, MinChars: 20, Seed: 1}
	}
	testKey(t, in, CorpusInput.Key, map[string]func(*CorpusInput){
		"dump's place": func(in *CorpusInput) { in.Dump = moved(in.Dump) },
	}, map[string]func(*CorpusInput){
		"dump":      func(in *CorpusInput) { in.Dump = ref("x") },
		"tokenizer": func(in *CorpusInput) { in.Tokenizer = ref("x") },
		"exchanged": func(in *CorpusInput) { in.Dump, in.Tokenizer = in.Tokenizer, in.Dump },
		"length":    func(in *CorpusInput) { in.SeqLen = 64 },
		"held out":  func(in *CorpusInput) { in.HeldOutPercent = 1 },
		"shortest":  func(in *CorpusInput) { in.MinChars = 30 },
		"bound":     func(in *CorpusInput) { in.MaxTokens = 1000 },
		"seed":      func(in *CorpusInput) { in.Seed = 2 },
		"language":  func(in *CorpusInput) { in.Lang = "de" },
	})
}

// testKey checks that a key is stable, that what changes only speed or place leaves it, and that everything else gives
// another one, each its own.
func testKey[In any](t *testing.T, make func() In, key func(In) (string, error), same, other map[string]func(*In)) {
	t.Helper()
	of := func(change func(*In)) string {
		in := make()
		if change != nil {
			change(&in)
		}
		k, err := key(in)
		if err != nil || len(k) != 64 || strings.ToLower(k) != k {
			t.Fatalf("key %q: %v", k, err)
		}
		return k
	}
	base := of(nil)
	for name, change := range same {
		if of(change) != base {
			t.Errorf("%s changes the key", name)
		}
	}
	seen := map[string]string{base: "nothing"}
	for name, change := range other {
		k := of(change)
		if twin, taken := seen[k]; taken {
			t.Errorf("%s gives the key of %s", name, twin)
		}
		seen[k] = name
	}
	if of(nil) != base {
		t.Error("the key is not stable")
	}
}

// Keys name what is in people's stores: a change of how they are made costs everyone everything that was trained.
func TestKeysStayWhatTheyAre(t *testing.T) {
	got, err := languageInput().Key()
	if err != nil {
		t.Fatal(err)
	}
	const want = "5ba99da483619004e48709840f09f12d6bad60433da97f08b217c6d9a432021b"
	if got != want {
		t.Errorf("key %s, pinned %s: if this is meant, raise spec.FormatVersion and pin the new one", got, want)
	}
}
