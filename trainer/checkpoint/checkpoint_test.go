package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madx/trainer/weights"
)

func example(step int) Checkpoint {
	tensors := func(v float32) weights.Map {
		return weights.Map{"a.weight": weights.FromFloat32s([]int64{2, 1}, []float32{v, -v}), "b": weights.FromFloat32s([]int64{1}, []float32{3 * v})}
	}
	return Checkpoint{
		State: State{Format: FormatVersion, Identity: "abc", Step: step, Total: 100, Recent: []float64{0.1, 1.0 / 3}, Initial: []float64{}, History: []Point{{Step: 1, Loss: 2.5}},
			HeldOut: []Point{}, Best: &Point{Step: 1, Loss: 2.25, Metrics: map[string]float64{"f1": 0.5}}, AnchorStep: 1},
		Now:    Tensors{tensors(1), tensors(2), tensors(3)},
		Best:   tensors(4),
		Anchor: &Tensors{tensors(5), tensors(6), tensors(7)},
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ck")
	for _, name := range []string{"full", "again", "bare"} {
		want := example(7)
		if name == "bare" {
			want.Best, want.Anchor, want.State.AnchorStep = nil, nil, 7
		}
		path, err := Save(dir, want)
		if err != nil {
			t.Fatal(err)
		}
		if path != filepath.Join(dir, "step-00000007") {
			t.Errorf("saved at %s", path)
		}
		got, err := Load(path, "abc")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: loaded %+v, want %+v", name, *got, want)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestSameStateSameBytes(t *testing.T) {
	a, errA := Save(t.TempDir(), example(3))
	b, errB := Save(t.TempDir(), example(3))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	left, _ := os.ReadFile(filepath.Join(a, manifestFile))
	right, _ := os.ReadFile(filepath.Join(b, manifestFile))
	if string(left) != string(right) || len(left) == 0 {
		t.Errorf("manifests differ:\n%s\n%s", left, right)
	}
}

func TestLoadRefusesAnotherTraining(t *testing.T) {
	path, err := Save(t.TempDir(), example(7))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, "abd"); !errors.Is(err, ErrForeign) {
		t.Errorf("Load with another identity: %v", err)
	}
}

func TestDamageIsFound(t *testing.T) {
	tests := []struct {
		name   string
		damage func(dir string) error
	}{
		{"a flipped byte", func(dir string) error {
			path := filepath.Join(dir, nowFile)
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[len(data)-1] ^= 1
			return os.WriteFile(path, data, 0o644)
		}},
		{"cut short", func(dir string) error { return os.Truncate(filepath.Join(dir, bestFile), 10) }},
		{"a file missing", func(dir string) error { return os.Remove(filepath.Join(dir, stateFile)) }},
		{"no manifest", func(dir string) error { return os.Remove(filepath.Join(dir, manifestFile)) }},
		{"manifest is no JSON", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, manifestFile), []byte("{"), 0o644)
		}},
		{"manifest names nothing", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, manifestFile), []byte("{}"), 0o644)
		}},
		{"manifest reaches outside", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, manifestFile), []byte(`{"files":[{"name":"../x"}]}`), 0o644)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			older, err := Save(dir, example(5))
			if err != nil {
				t.Fatal(err)
			}
			path, err := Save(dir, example(7))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.damage(path); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, "abc"); !errors.Is(err, ErrDamaged) {
				t.Errorf("Load: %v", err)
			}
			newest, damaged, err := Newest(dir)
			if newest != older || len(damaged) != 1 || err != nil {
				t.Errorf("Newest = %s, %v, %v; want the older one", newest, damaged, err)
			}
		})
	}
}

func TestPruneKeepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []int{5, 100, 20, 3} {
		if _, err := Save(dir, example(step)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".tmp-left", "step-12", "notes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := Prune(dir, 2); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "notes step-00000020 step-00000100 step-12" {
		t.Errorf("after Prune: %s", got)
	}
	if err := Prune(filepath.Join(dir, "absent"), 2); err != nil {
		t.Error(err)
	}
}

func TestPublishRefusesToReplace(t *testing.T) {
	dir := t.TempDir()
	final := filepath.Join(dir, "out")
	for i := range 2 {
		tmp, err := os.MkdirTemp(dir, ".tmp-")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tmp, "f"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Publish(tmp, final); (err == nil) != (i == 0) {
			t.Errorf("Publish number %d: %v", i+1, err)
		}
	}
}
