package model

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"madx/trainer/hub"
	"madx/trainer/optim"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// The golden set of testdata/parity was computed by the Python library `adapters` 1.3.0 in float32, and its error against
// float64 is recorded there. MADX_PARITY_DIR names another folder of the same layout.
func parityDir() string {
	if dir := os.Getenv("MADX_PARITY_DIR"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "parity")
}

// The tolerances that the golden set states for an independent implementation.
const (
	forwardTolerance = 5e-6 // absolute
	gradTolerance    = 1e-5 // of the tensor's largest value
	afterTolerance   = 5e-5 // absolute, after five steps of size 1e-3
)

// parityCase is one line of the golden set's table of cases.
type parityCase struct {
	name       string
	lang, task string
	kind       hub.HeadType
	inverse    bool // before the output embedding
	flex       bool // the masked-LM head of the adapter's folder
	full       bool // everything is trained
}

var parityCases = []parityCase{
	{name: "mlm-lang-inverse", lang: "src", kind: hub.HeadMaskedLM, inverse: true},
	{name: "ner-stack", lang: "src", task: "ner", kind: hub.HeadTagging},
	{name: "ner-zero-shot", lang: "tgt", task: "ner", kind: hub.HeadTagging},
	{name: "mlm-full", kind: hub.HeadMaskedLM, full: true},
	{name: "mlm-lang", lang: "src", kind: hub.HeadMaskedLM},
	{name: "mlm-lang-drop-last", lang: "src_drop", kind: hub.HeadMaskedLM},
	{name: "mlm-lang-flex-head", lang: "src_with_flex_mlm_head", kind: hub.HeadMaskedLM, inverse: true, flex: true},
	{name: "ner-task-only", task: "ner", kind: hub.HeadTagging},
	{name: "ner-stack-drop-last", lang: "src_drop", task: "ner_drop", kind: hub.HeadTagging},
	{name: "ner-zero-shot-drop-last", lang: "tgt_drop", task: "ner_drop", kind: hub.HeadTagging},
	{name: "mc-stack", lang: "src", task: "mc", kind: hub.HeadMultipleChoice},
	{name: "mc-zero-shot", lang: "tgt", task: "mc", kind: hub.HeadMultipleChoice},
	{name: "qa-stack", lang: "src", task: "qa", kind: hub.HeadQA},
	{name: "qa-zero-shot", lang: "tgt", task: "qa", kind: hub.HeadQA},
}

func pinned(t testing.TB, f func()) {
	t.Helper()
	if err := tensor.Pin(1, func() error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// golden is one loaded case.
type golden struct {
	t      testing.TB
	dir    string
	m      *Model
	c      Composition
	head   *Head
	mlm    *MLMHead
	inputs weights.Map
	kase   parityCase
}

func openGolden(t testing.TB, arch string, k parityCase, opt Options) *golden {
	t.Helper()
	g := &golden{t: t, dir: filepath.Join(parityDir(), arch), kase: k}
	src := must[*hub.Model](t)(hub.OpenModel(filepath.Join(g.dir, "model")))
	g.m = must[*Model](t)(Load(src.Config, src, opt))
	t.Cleanup(g.m.Free)
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	g.inputs = must[weights.Map](t)(weights.ReadSafetensors(filepath.Join(g.dir, "inputs.safetensors")))
	adapter := func(folder string) (*Adapter, *hub.AdapterFiles) {
		f := must[*hub.AdapterFiles](t)(hub.OpenAdapter(filepath.Join(g.dir, "adapters", folder)))
		return must[*Adapter](t)(g.m.LoadAdapter(f)), f
	}
	g.mlm = g.m.MLMHead()
	if k.lang != "" {
		var f *hub.AdapterFiles
		g.c.Language, f = adapter(k.lang)
		if k.flex {
			g.mlm = must[*MLMHead](t)(g.m.LoadFlexMLMHead(f.Name, f.HeadTensors))
		}
	}
	if k.task != "" {
		var f *hub.AdapterFiles
		g.c.Task, f = adapter(k.task)
		g.head = must[*Head](t)(g.m.LoadHead(f.Name, *f.Head, f.HeadTensors))
	}
	g.c.NoInverse = !k.inverse
	return g
}

func (g *golden) ints(name string) []int32 {
	g.t.Helper()
	v := must[[]int64](g.t)(g.inputs[name].Int64s())
	out := make([]int32, len(v))
	for i, x := range v {
		out[i] = int32(x)
	}
	return out
}

func (g *golden) batch() Batch {
	b := Batch{Seq: 16}
	mask := "attention_mask"
	switch g.kase.kind {
	case hub.HeadMaskedLM:
		b.IDs, b.Types = g.ints("mlm_input_ids"), g.ints("token_type_ids")
	case hub.HeadMultipleChoice:
		b.IDs, mask = g.ints("mc_input_ids"), "mc_attention_mask"
	default:
		b.IDs, b.Types = g.ints("input_ids"), g.ints("token_type_ids")
	}
	b.Rows = len(b.IDs) / b.Seq
	b.Lengths = make([]int, b.Rows)
	for i, v := range g.ints(mask) {
		b.Lengths[i/b.Seq] += int(v)
	}
	return b
}

// labels as the training calls want them; padded positions are left out, as the library's tagging head does.
func (g *golden) labels(b Batch) (labels, ends []int32) {
	switch g.kase.kind {
	case hub.HeadMaskedLM:
		return g.ints("mlm_labels"), nil
	case hub.HeadMultipleChoice:
		return g.ints("mc_labels"), nil
	case hub.HeadQA:
		return g.ints("qa_start_positions"), g.ints("qa_end_positions")
	}
	labels = g.ints("ner_labels")
	for i := range labels {
		if i%b.Seq >= b.Lengths[i/b.Seq] {
			labels[i] = Ignore
		}
	}
	return labels, nil
}

// step makes a forward pass, and a backward pass of the mean loss where train is set. It returns the mean loss.
func (g *golden) step(train bool) float64 {
	g.t.Helper()
	b := g.batch()
	labels, ends := g.labels(b)
	scale := 1 / float64(max(scored(labels), 1))
	get := must[Loss](g.t)
	var l Loss
	switch {
	case g.kase.kind == hub.HeadMaskedLM && train:
		l = get(g.m.TrainMLM(g.c, g.mlm, b, labels, scale, Dropout{}))
	case g.kase.kind == hub.HeadMaskedLM:
		l = get(g.m.EvaluateMLM(g.c, g.mlm, b, labels))
	case g.kase.kind == hub.HeadTagging && train:
		l = get(g.m.TrainTagging(g.c, g.head, b, labels, scale, Dropout{}))
	case g.kase.kind == hub.HeadTagging:
		l = get(g.m.EvaluateTagging(g.c, g.head, b, labels))
	case g.kase.kind == hub.HeadMultipleChoice && train:
		l = get(g.m.TrainChoice(g.c, g.head, b, labels, scale, Dropout{}))
	case g.kase.kind == hub.HeadMultipleChoice:
		l = get(g.m.EvaluateChoice(g.c, g.head, b, labels))
	case train:
		l = get(g.m.TrainSpans(g.c, g.head, b, labels, ends, scale, Dropout{}))
	default:
		l = get(g.m.EvaluateSpans(g.c, g.head, b, labels, ends))
	}
	return l.Mean()
}

// trained are the parameters that the golden set trains in this case.
func (g *golden) trained() []optim.Param {
	var all []optim.Param
	switch {
	case g.kase.full:
		all = append(must[[]optim.Param](g.t)(g.m.BaseParams()), g.mlm.Params(true)...)
	case g.kase.kind == hub.HeadMaskedLM:
		all = append(all, g.c.Language.Params()...)
		all = append(all, g.mlm.Params(g.kase.flex)...)
	default:
		all = append(all, g.c.Task.Params()...)
		all = append(all, g.head.Params()...)
	}
	return all
}

func (g *golden) read(file string) weights.Map {
	g.t.Helper()
	return must[weights.Map](g.t)(weights.ReadSafetensors(filepath.Join(g.dir, "cases", g.kase.name, file)))
}

func (g *golden) trainedNames() []string {
	var all map[string][]string
	if err := json.Unmarshal(must[[]byte](g.t)(os.ReadFile(filepath.Join(g.dir, "trainable.json"))), &all); err != nil {
		g.t.Fatal(err)
	}
	return all[g.kase.name]
}

// worst tracks the largest difference of a group of comparisons.
type worst struct {
	diff float64
	name string
}

func (w *worst) see(t testing.TB, name string, got, want []float32, scale, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d values, want %d", name, len(got), len(want))
		return
	}
	d := 0.0
	for i := range got {
		x := math.Abs(float64(got[i])-float64(want[i])) / scale
		if math.IsNaN(x) || x > d {
			d = x
		}
	}
	if !(d <= w.diff) {
		w.diff, w.name = d, name
	}
	if !(d <= tolerance) {
		t.Errorf("%s differs by %.3g, allowed %.3g", name, d, tolerance)
	}
}

func largest(v []float32) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(float64(x)))
	}
	return m
}

// zeroGradient names parameters whose gradient is zero in exact arithmetic: Adam turns rounding noise into steps.
func zeroGradient(name string) bool {
	for _, s := range []string{"attention.self.key.bias", "heads.mc.4.bias", "heads.qa.1.bias"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

func TestParity(t *testing.T) {
	for _, arch := range []string{"xlmr", "bert"} {
		for _, k := range parityCases {
			for _, plain := range []bool{true, false} {
				t.Run(arch+"/"+k.name+map[bool]string{true: "/plain", false: "/fused"}[plain], func(t *testing.T) {
					pinned(t, func() {
						g := openGolden(t, arch, k, Options{Plain: plain})
						if g.forward() {
							g.gradients()
							g.optimise("adamw", optim.Config{WeightDecay: 0.01, DecayAll: true}, 0)
							g.optimise("trainer", optim.Config{WeightDecay: 0.1}, 0.1)
						}
					})
				})
			}
		}
	}
}

// forward compares every intermediate, the logits and the loss. It tells whether the case trains.
func (g *golden) forward() bool {
	t := g.t
	want := g.read("forward.safetensors")
	var w worst
	seen := 0
	var place []int32
	g.m.probe = func(name string, x tensor.Tensor, at []int32) {
		place = at
		ref, ok := want[name]
		if !ok {
			t.Errorf("the golden set has no tensor %s", name)
			return
		}
		seen++
		w.see(t, name, must[[]float32](t)(tensor.ToHost[float32](x)), packed(must[[]float32](t)(ref.Float32s()), at), 1, forwardTolerance)
	}
	loss := g.step(false)
	g.m.probe = nil
	w.see(t, "loss", []float32{float32(loss)}, must[[]float32](t)(want["loss"].Float32s()), 1, forwardTolerance)
	g.logits(&w, want, place)
	if least := map[bool]int{true: 2 + 4*2, false: 2 + 2*2}[g.m.plain]; seen < least {
		t.Errorf("only %d intermediates were compared", seen)
	}
	t.Logf("forward: worst %.2g (%s), %d intermediates", w.diff, w.name, seen)
	return want["grad."+firstOr(g.trainedNames())].Data != nil
}

// packed takes the rows of real tokens from a golden tensor whose first dimensions are rows and positions.
func packed(v []float32, place []int32) []float32 {
	if place == nil || len(v)%len(place) != 0 {
		return v
	}
	n, last := len(v)/len(place), slices.Max(place)
	out := make([]float32, (int(last)+1)*n)
	for i, at := range place {
		if at >= 0 {
			copy(out[int(at)*n:], v[i*n:(i+1)*n])
		}
	}
	return out
}

func firstOr(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func (g *golden) logits(w *worst, want weights.Map, place []int32) {
	t := g.t
	f32 := must[[]float32](t)
	b := g.batch()
	if g.kase.kind == hub.HeadMaskedLM {
		var all []int
		for i := range b.Rows * b.Seq {
			if i%b.Seq < b.Lengths[i/b.Seq] {
				all = append(all, i)
			}
		}
		real := make([]int32, b.Rows*b.Seq)
		for i := range real {
			real[i] = -1
		}
		for n, i := range all {
			real[i] = int32(n)
		}
		w.see(t, "logits", f32(g.m.MLMLogits(g.c, g.mlm, b, all)), packed(f32(want["logits"].Float32s()), real), 1, forwardTolerance)
		return
	}
	got := f32(g.m.Logits(g.c, g.head, b))
	if g.kase.kind != hub.HeadQA {
		w.see(t, "logits", packed(got, place), packed(f32(want["logits"].Float32s()), place), 1, forwardTolerance)
		return
	}
	var starts, ends []float32
	for i := 0; i < len(got); i += 2 {
		starts, ends = append(starts, got[i]), append(ends, got[i+1])
	}
	w.see(t, "start_logits", starts, f32(want["start_logits"].Float32s()), 1, forwardTolerance)
	w.see(t, "end_logits", ends, f32(want["end_logits"].Float32s()), 1, forwardTolerance)
}

func (g *golden) gradients() {
	t := g.t
	want := g.read("forward.safetensors")
	params := g.trained()
	if err := g.m.SetTrained(params); err != nil {
		t.Fatal(err)
	}
	g.step(true)
	got := must[map[string][]float32](t)(optim.Gradients(params))
	var w worst
	for _, name := range g.trainedNames() {
		ref := must[[]float32](t)(want["grad."+name].Float32s())
		scale := largest(ref)
		if zeroGradient(name) { // only rounding noise, of sums of terms around 1
			scale = 1
		}
		w.see(t, "grad."+name, got[name], ref, scale, gradTolerance)
	}
	if len(params) != len(g.trainedNames()) {
		t.Errorf("%d parameters, the golden set trains %d", len(params), len(g.trainedNames()))
	}
	t.Logf("gradients: worst %.2g of the largest value (%s)", w.diff, w.name)
}

// optimise repeats the golden set's five steps, where the case has that recipe, and puts the parameters back.
func (g *golden) optimise(recipe string, cfg optim.Config, clip float64) {
	t := g.t
	if _, err := os.Stat(filepath.Join(g.dir, "cases", g.kase.name, "optim.safetensors")); err != nil {
		return
	}
	ref := g.read("optim.safetensors")
	if _, ok := ref[recipe+".losses"]; !ok {
		return
	}
	f32 := must[[]float32](t)
	lrs, norms := f32(ref[recipe+".lrs"].Float32s()), f32(ref[recipe+".grad_norms"].Float32s())
	params := g.trained()
	before := must[map[string][]float32](t)(optim.Values(params))
	if err := g.m.SetTrained(params); err != nil {
		t.Fatal(err)
	}
	opt := must[*optim.AdamW](t)(optim.NewAdamW(params, cfg))
	defer opt.Free()
	var losses []float32
	var w worst
	for i, lr := range lrs {
		losses = append(losses, float32(g.step(true)))
		norm := must[float64](t)(optim.ClipGradNorm(params, clip))
		w.see(t, recipe+".grad_norms", []float32{float32(norm)}, norms[i:i+1], max(float64(norms[i]), 1), gradTolerance)
		if err := opt.Step(float64(lr)); err != nil {
			t.Fatal(err)
		}
	}
	losses = append(losses, float32(g.step(false)))
	w.see(t, recipe+".losses", losses, f32(ref[recipe+".losses"].Float32s()), 1, afterTolerance)
	after := must[map[string][]float32](t)(optim.Values(params))
	for _, p := range params {
		if !zeroGradient(p.Name) {
			w.see(t, recipe+".after."+p.Name, after[p.Name], f32(ref[recipe+".after."+p.Name].Float32s()), 1, afterTolerance)
		}
	}
	if err := optim.SetValues(params, before); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: worst %.2g (%s)", recipe, w.diff, w.name)
}
