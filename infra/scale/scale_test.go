package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"madx/activities"
	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
	"madx/trainer/spec"
	"madx/workflows"
)

// TestScaleShort is the form for every day.
func TestScaleShort(t *testing.T) {
	if testing.Short() || os.Getenv("MADX_SCALE_LANGUAGES") != "" {
		t.Skip("runs the whole stack: left out by -short and beside the long form")
	}
	run(t, 6, 2)
}

// TestScale is `make scale`.
func TestScale(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("MADX_SCALE_LANGUAGES"))
	if n < 2 {
		t.Skip("the long form: make scale N=1000")
	}
	workers, _ := strconv.Atoi(os.Getenv("MADX_SCALE_WORKERS"))
	run(t, n, max(1, workers))
}

func run(t *testing.T, languages, workers int) {
	s := start(t, workers)
	p := s.params(languages)
	fmt.Printf("scale: %d languages, %d workers of one device each, trainings by a stub that is done at once\n", languages, workers)
	began := time.Now()
	run, err := s.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.SweepID(p.Name), TaskQueue: workflows.QueueCPU},
		workflows.LanguageSweep, p)
	if err != nil {
		t.Fatal(err)
	}
	peak := map[string]int64{}
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() { defer close(watched); s.watch(ctx, peak) }()
	var end workflows.SweepEnd
	err = run.Get(t.Context(), &end)
	took := time.Since(began)
	cancel()
	<-watched
	if err != nil || end.Outcome != workflows.OutcomeCompleted {
		t.Fatalf("%v: %+v", err, end)
	}
	f := s.figures(p)
	f.took, f.peak = took, peak
	f.print()
	if want := 3*languages + 2; f.children != want {
		t.Errorf("%d children, want %d", f.children, want)
	}
	// What Temporal ends a workflow for.
	if f.sweep.events > 51200 || f.sweep.bytes > 50<<20 {
		t.Errorf("a history of the sweep has %d events, %d bytes", f.sweep.events, f.sweep.bytes)
	}
}

// watch notes the largest resident memory of each kind of process, in bytes; of several the largest.
func (s *stack) watch(ctx context.Context, peak map[string]int64) {
	for ctx.Err() == nil {
		for name, pids := range s.pids {
			for _, pid := range pids {
				peak[name] = max(peak[name], fixture.Resident(pid))
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// params puts one small model, text and data set into the store, which all languages share.
func (s *stack) params(languages int) workflows.SweepParams {
	s.t.Helper()
	src := s.t.TempDir()
	fixture.Model(s.t, filepath.Join(src, "model"))
	fixture.Tokenizer(s.t, s.mkdir(src, "tokenizer"))
	fixture.NER(s.t, filepath.Join(src, "ner", "data.iob2"), "en.train", 8)
	if err := os.WriteFile(filepath.Join(s.mkdir(src, "text"), "text.txt"), []byte(text()), 0o644); err != nil {
		s.t.Fatal(err)
	}
	ref := map[string]objectstore.Ref{}
	for _, kind := range []string{"model", "tokenizer", "ner", "text"} {
		r, err := objectstore.Commit(s.t.Context(), s.store, "inputs/"+kind+"/scale", filepath.Join(src, kind), objectstore.Manifest{Kind: "input", Key: kind})
		if err != nil {
			s.t.Fatal(err)
		}
		ref[kind] = r
	}
	recipe := spec.Train{Steps: stubSteps, Batch: 4, SeqLen: 32, LR: 0.001, CheckpointEvery: 2}
	data := []activities.Data{{Ref: ref["ner"], File: "data.iob2", Format: "iob2"}}
	p := workflows.SweepParams{Name: "scale", Source: "l0000", Seed: 1,
		Model: activities.Model{Ref: ref["model"], Name: "tiny", Digest: ref["model"].Digest, Tokenizer: ref["tokenizer"], HasMLMHead: true, Precision: "float32"},
		Texts: map[string][]activities.Text{}, Corpus: activities.CorpusInput{SeqLen: 32, HeldOutPercent: 20, Seed: 1},
		Language: workflows.LanguageParams{Adapter: spec.Adapter{Reduction: 2, InvReduction: 2, Invertible: "nice"}, Train: recipe},
	}
	task := workflows.TaskParams{Name: "ner", Data: data, Train: recipe, Test: map[string][]activities.Data{},
		Task: spec.TaskAdapter{Task: spec.TaskNER, Labels: []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}, Adapter: spec.Adapter{Name: "ner", Reduction: 16}}}
	for i := range languages {
		lang := fmt.Sprintf("l%04d", i)
		if i > 0 {
			p.Targets = append(p.Targets, lang)
		}
		p.Wikis = append(p.Wikis, workflows.Wiki{Lang: lang, None: true})
		p.Texts[lang] = []activities.Text{{Ref: ref["text"], File: "text.txt", From: "text.txt"}}
		task.Test[lang] = data
	}
	p.Tasks = []workflows.TaskParams{task}
	return p
}

func (s *stack) mkdir(parts ...string) string {
	s.t.Helper()
	dir := filepath.Join(parts...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// text is some paragraphs of words that no two share in order.
func text() string {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the river small house of stone and water long night when people came over mountain with bread fire old song under tree")
	var out strings.Builder
	for range 60 {
		for range 30 {
			fmt.Fprintf(&out, "%s ", words[rng.IntN(len(words))])
		}
		out.WriteString("\n\n")
	}
	return out.String()
}
