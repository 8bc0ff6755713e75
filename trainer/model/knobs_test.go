package model

import (
	"os"
	"path/filepath"
	"testing"

	"madx/trainer/hub"
	"madx/trainer/tensor"
	"madx/trainer/weights"
)

// Every knob of the library's SeqBnConfig and SeqBnInvConfig changes the function as it does there. The adapters have
// weights ten times as large as fresh ones, and a LayerNorm in an adapter divides by a small deviation, so rounding shows
// more than in the golden set.
const knobTolerance = 2e-5

// Adapters of every supported setting, with what the Python library computes with them; see hub's make_knobs.py.
func TestKnobs(t *testing.T) {
	if os.Getenv("MADX_PARITY_DIR") != "" {
		t.Skip("the adapters belong to the golden set in testdata")
	}
	folders, err := filepath.Glob(filepath.Join("..", "hub", "testdata", "knobs", "*", "*"))
	if err != nil || len(folders) != 16 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, dir := range folders {
		arch := filepath.Base(filepath.Dir(dir))
		for _, plain := range []bool{true, false} {
			t.Run(arch+"/"+filepath.Base(dir)+map[bool]string{true: "/plain", false: "/fused"}[plain], func(t *testing.T) {
				pinned(t, func() { checkKnobs(t, arch, dir, plain) })
			})
		}
	}
}

func checkKnobs(t *testing.T, arch, dir string, plain bool) {
	g := openGolden(t, arch, parityCase{kind: hub.HeadTagging}, Options{Plain: plain})
	f := must[*hub.AdapterFiles](t)(hub.OpenAdapter(dir))
	want := must[weights.Map](t)(weights.ReadSafetensors(filepath.Join(dir, "forward.safetensors")))
	g.c.Language = must[*Adapter](t)(g.m.LoadAdapter(f))
	var w worst
	seen := map[string]bool{}
	g.m.probe = func(name string, x tensor.Tensor, at []int32) {
		key := map[string]string{"hidden_states.0": "embeddings", "hidden_states.2": "last_hidden"}[name]
		if key == "" {
			return
		}
		seen[key] = true
		b := g.batch()
		place := at
		if place == nil { // padding is computed too; the library's is something else and means nothing
			place = make([]int32, b.Rows*b.Seq)
			for i := range place {
				place[i] = int32(i)
			}
		}
		real := make([]int32, len(place))
		for i := range real {
			real[i] = -1
			if i%b.Seq < b.length(i/b.Seq) {
				real[i] = place[i]
			}
		}
		got := must[[]float32](t)(tensor.ToHost[float32](x))
		if at == nil {
			got = packed(got, real)
		}
		w.see(t, key, got, packed(must[[]float32](t)(want[key].Float32s()), real), 1, knobTolerance)
	}
	p := must[*pass](t)(g.m.begin(g.c, g.batch(), Dropout{}, tensor.NoGrad))
	p.encode(false)
	if err := p.s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 {
		t.Errorf("compared %v only", seen)
	}
	t.Logf("worst %.2g (%s)", w.diff, w.name)
}
