package loop

import (
	"reflect"
	"testing"

	"madx/trainer/model"
	"madx/trainer/spec"
)

func TestRectangle(t *testing.T) {
	var r rectangle
	r.add([]int32{0, 5, 2}, nil, []int32{-100, 7, -100})
	r.add([]int32{0, 5, 6, 6, 2}, []int32{0, 0, 1, 1, 1}, nil)
	r.add([]int32{0, 2}, nil, []int32{-100, 3})
	if n := r.scored(); n != 2 {
		t.Errorf("scored = %d, want 2", n)
	}
	parts := r.parts(2)
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	b, labels := parts[0].batch(1)
	want := model.Batch{Rows: 2, Seq: 5, IDs: []int32{0, 5, 2, 1, 1, 0, 5, 6, 6, 2}, Types: []int32{0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, Lengths: []int{3, 5}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("batch %+v, want %+v", b, want)
	}
	if wantLabels := []int32{-100, 7, -100, -100, -100, -100, -100, -100, -100, -100}; !reflect.DeepEqual(labels, wantLabels) {
		t.Errorf("labels %v, want %v", labels, wantLabels)
	}
	if b, _ := parts[1].batch(1); b.Types != nil || b.Seq != 2 || b.Rows != 1 {
		t.Errorf("batch %+v", b)
	}
}

func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		total, n int
		want     []int
	}{{10, 3, []int{0, 3, 6}}, {2, 5, []int{0, 1}}, {0, 5, []int{}}} {
		if got := spread(tt.total, tt.n); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("spread(%d, %d) = %v, want %v", tt.total, tt.n, got, tt.want)
		}
	}
}

func TestMicroBatch(t *testing.T) {
	for _, tt := range []struct{ batch, micro, want int }{{8, 0, 8}, {8, 3, 3}, {8, 20, 8}} {
		if got := microBatch(&spec.Train{Batch: tt.batch, MicroBatch: tt.micro}); got != tt.want {
			t.Errorf("microBatch of %d and %d = %d, want %d", tt.batch, tt.micro, got, tt.want)
		}
	}
}

func TestCutRow(t *testing.T) {
	c := mlmCorpus{pad: 1, eos: 2}
	row := []int32{0, 10, 11, 12, 2, 1, 1}
	for _, tt := range []struct {
		n    int
		want []int32
	}{{7, []int32{0, 10, 11, 12, 2}}, {5, []int32{0, 10, 11, 12, 2}}, {4, []int32{0, 10, 11, 2}}} {
		if got := c.cut(row, tt.n); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("cut to %d: %v, want %v", tt.n, got, tt.want)
		}
	}
	if row[3] != 12 {
		t.Error("cut wrote to the corpus")
	}
}
