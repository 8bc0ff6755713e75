package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/datasets/corpus"
	"madx/datasets/tokenizer"
	"madx/trainer/weights"
)

// fixture is a folder with a tiny base model (random weights, of the golden set), a tokenizer of syllables, and corpora
// and task data in a language of syllables. None of it means anything; all of it is of the real formats.
type fixture struct{ dir string }

var syllables = strings.Fields("ba be bi bo bu ka ke ki ko ku ma me mi mo mu na ne ni no nu sa se si so su ta te ti to tu")

func newFixture(t *testing.T) fixture {
	t.Helper()
	f := fixture{t.TempDir()}
	parity := filepath.Join("..", "..", "trainer", "model", "testdata", "parity", "xlmr", "model")
	config, err := os.ReadFile(filepath.Join(parity, "config.json"))
	f.must(t, err)
	tensors, err := weights.ReadSafetensors(filepath.Join(parity, "model.safetensors"))
	f.must(t, err)
	headless := weights.Map{}
	for name, tensor := range tensors {
		if !strings.HasPrefix(name, "lm_head.") {
			headless[name] = tensor
		}
	}
	for name, m := range map[string]weights.Map{"base": tensors, "headless": headless} {
		f.must(t, os.Mkdir(f.path(name), 0o755))
		f.must(t, os.WriteFile(f.path(name, "config.json"), config, 0o644))
		f.must(t, weights.WriteSafetensors(f.path(name, "model.safetensors"), m, map[string]string{"format": "pt"}))
		f.must(t, writeTokenizer(f.path(name, "tokenizer.json")))
	}
	tok, err := tokenizer.Load(f.path("base"))
	f.must(t, err)
	for i, lang := range []string{"aa", "bb"} {
		f.must(t, writeCorpus(tok, f.path("corpus-"+lang), lang, uint64(i)))
	}
	f.must(t, os.WriteFile(f.path("ner.conll"), []byte(nerText(80)), 0o644))
	f.must(t, os.WriteFile(f.path("copa.jsonl"), []byte(copaText(60)), 0o644))
	f.must(t, os.WriteFile(f.path("squad.json"), []byte(squadText(12)), 0o644))
	return f
}

func (f fixture) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f fixture) path(elem ...string) string {
	return filepath.Join(append([]string{f.dir}, elem...)...)
}

// writeTokenizer fills the golden model's vocabulary of 1000: special tokens where the model has them.
func writeTokenizer(path string) error {
	pieces := []string{"<s>", "<pad>", "</s>", "<unk>"}
	for _, s := range syllables {
		pieces = append(pieces, s, "▁"+s)
	}
	for _, c := range "abcdefghijklmnopqrstuvwxyz.?" {
		pieces = append(pieces, string(c), "▁"+string(c))
	}
	for i := 0; len(pieces) < 999; i++ {
		pieces = append(pieces, fmt.Sprintf("▁%s%s", syllables[i%30], syllables[i/30]))
	}
	pieces = append(pieces, "<mask>")
	scores := make([]float64, len(pieces))
	for i := range scores {
		scores[i] = -1 - float64(i)/100
	}
	return tokenizer.WriteUnigramJSON(path, tokenizer.UnigramFile{Pieces: pieces, Scores: scores, Unk: 3})
}

func word(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}

// text repeats itself, so that a model can learn something.
func text(r *rand.Rand, words int) string {
	var b strings.Builder
	for range words {
		w := word(r, 2)
		b.WriteString(w + " " + w + "ba ")
	}
	return strings.TrimSpace(b.String())
}

func writeCorpus(tok *tokenizer.Tokenizer, dir, lang string, seed uint64) error {
	sp := tok.Special()
	b, err := corpus.NewBuilder(corpus.BuildOptions{
		Lang: lang, Dir: dir, SeqLen: 24, Tok: tok, Special: corpus.Special{BOS: sp.BOS, EOS: sp.EOS, Pad: sp.Pad}, HeldOutPercent: 15,
		NearDup: -1, ScriptShare: -1,
	})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 80 {
		if err := b.Add(fmt.Sprint(i), text(r, 20)); err != nil {
			return err
		}
	}
	_, err = b.Close()
	return err
}

// nerText marks words that begin with "ma" as persons and with "to" as places.
func nerText(sentences int) string {
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for range sentences {
		for range 3 + r.IntN(8) {
			w := word(r, 1+r.IntN(3))
			tag := "O"
			switch {
			case r.IntN(5) == 0:
				w, tag = "ma"+w, "B-PER"
			case r.IntN(5) == 0:
				w, tag = "to"+w, "B-LOC"
			}
			b.WriteString(w + "\t" + tag + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func copaText(questions int) string {
	r := rand.New(rand.NewPCG(2, 2))
	var b strings.Builder
	for i := range questions {
		premise, label := text(r, 2), r.IntN(2)
		choices := []string{word(r, 3), word(r, 3)}
		choices[label] = strings.Fields(premise)[0]
		line, _ := json.Marshal(map[string]any{"premise": premise, "choice1": choices[0], "choice2": choices[1], "question": []string{"cause", "effect"}[i%2], "label": label, "idx": i})
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func squadText(paragraphs int) string {
	r := rand.New(rand.NewPCG(3, 3))
	var list []any
	for i := range paragraphs {
		context := text(r, 25)
		words := strings.Fields(context)
		answer := words[2*r.IntN(20)]
		qa := map[string]any{"id": fmt.Sprint(i), "question": answer + "ba?", "answers": []any{map[string]any{"text": answer, "answer_start": strings.Index(context, answer)}}}
		list = append(list, map[string]any{"context": context, "qas": []any{qa}})
	}
	data, _ := json.Marshal(map[string]any{"version": "1.1", "data": []any{map[string]any{"title": "t", "paragraphs": list}}})
	return string(data)
}

// object is a part of a spec.
type object = map[string]any

// spec writes a spec file named after its kind of run and returns its path; edits replace top-level keys.
func (f fixture) spec(t *testing.T, name string, edits object) string {
	t.Helper()
	data := func(path, format string) []any { return []any{object{"path": f.path(path), "format": format}} }
	labels := []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}
	recipe := func(seqLen int, lr float64) object {
		return object{"steps": 24, "batch": 6, "micro_batch": 4, "seq_len": seqLen, "lr": lr, "weight_decay": 0.01, "clip_norm": 1, "warmup_steps": 3,
			"dropout": 0.1, "eval_every": 7, "eval_rows": 10, "checkpoint_every": 4, "log_every": 1, "keep_best": true}
	}
	task := func(name string, more object) object {
		o := object{"adapter": object{"name": name, "reduction": 4}, "source": f.path("source")}
		maps.Copy(o, more)
		return o
	}
	kinds := map[string]object{
		"mlm-head": {"kind": "mlm-head", "model": object{"dir": f.path("headless")}, "train": recipe(24, 1e-3),
			"corpora": []any{object{"lang": "aa", "dir": f.path("corpus-aa")}, object{"lang": "bb", "dir": f.path("corpus-bb")}}},
		"language": {"kind": "language", "corpora": []any{object{"lang": "aa", "dir": f.path("corpus-aa")}}, "train": recipe(24, 1e-3),
			"language": object{"name": "aa", "lang": "aa"}},
		"ner": {"kind": "task", "train": recipe(32, 1e-2), "task": task("ner", object{"task": "ner", "labels": labels,
			"train": data("ner.conll", "conll"), "held_out": data("ner.conll", "conll")})},
		"ccr": {"kind": "task", "train": recipe(48, 1e-2), "task": task("ccr", object{"task": "ccr",
			"train": data("copa.jsonl", "copa"), "held_out": data("copa.jsonl", "copa")})},
		"qa": {"kind": "task", "train": recipe(60, 1e-2), "task": task("qa", object{"task": "qa", "doc_stride_tokens": 10,
			"train": data("squad.json", "squad"), "held_out": data("squad.json", "squad")})},
	}
	s := object{"format": 1, "seed": 11, "threads": 1, "model": object{"dir": f.path("base")}, "out": f.path("out-" + name), "checkpoints": f.path("checkpoints-" + name)}
	maps.Copy(s, kinds[name])
	maps.Copy(s, edits)
	text, err := json.MarshalIndent(s, "", " ")
	f.must(t, err)
	path := f.path(name + ".json")
	f.must(t, os.WriteFile(path, text, 0o644))
	return path
}
