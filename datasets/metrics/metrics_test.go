package metrics

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

type goldenScore struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   float64 `json:"support"`
}

type goldenEntities struct {
	goldenScore
	MacroF1 float64                `json:"macro_f1"`
	Classes map[string]goldenScore `json:"per_class"`
}

type goldenAnswer struct {
	Pred   string   `json:"pred"`
	Gold   []string `json:"gold"`
	EM, F1 float64
}

type golden struct {
	Entities []struct {
		Name       string `json:"name"`
		Gold, Pred [][]string
		Lenient    goldenEntities
		Strict     *goldenEntities // nil: refused
	} `json:"entities"`
	QA []struct {
		Lang        string
		Pred        string
		Gold        []string
		Squad, MLQA goldenAnswer
	} `json:"qa"`
	Quantiles []struct {
		Values    []float64
		Low, High float64
	} `json:"quantiles"`
}

func readGolden(t *testing.T) golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Entities) < 50 || len(g.QA) < 40 || len(g.Quantiles) == 0 {
		t.Fatalf("golden file lacks cases: %d, %d, %d", len(g.Entities), len(g.QA), len(g.Quantiles))
	}
	return g
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestEntityF1EqualsSeqeval(t *testing.T) {
	for _, c := range readGolden(t).Entities {
		for scheme, want := range map[Scheme]*goldenEntities{Lenient: &c.Lenient, StrictIOB2: c.Strict} {
			got, err := EntityF1By(scheme, c.Gold, c.Pred)
			if want == nil {
				if err == nil {
					t.Errorf("%s: tags outside of IOB2 are taken", c.Name)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if !near(got.Precision, want.Precision) || !near(got.Recall, want.Recall) || !near(got.F1, want.F1) || !near(got.MacroF1, want.MacroF1) {
				t.Errorf("%s, scheme %d: got %+v, want %+v", c.Name, scheme, got, want)
			}
			if len(got.Classes) != len(want.Classes) {
				t.Errorf("%s, scheme %d: %d classes, want %d", c.Name, scheme, len(got.Classes), len(want.Classes))
			}
			for class, w := range want.Classes {
				g := got.Classes[class]
				if !near(g.Precision, w.Precision) || !near(g.Recall, w.Recall) || !near(g.F1, w.F1) || float64(g.Support) != w.Support {
					t.Errorf("%s, scheme %d, %s: got %+v, want %+v", c.Name, scheme, class, g, w)
				}
			}
		}
	}
}

func TestAnswersEqualTheOfficialScripts(t *testing.T) {
	for _, c := range readGolden(t).QA {
		for name, norm := range map[string]Normaliser{"squad": SquadAnswer, "mlqa": MLQAAnswer(c.Lang)} {
			want := c.Squad
			if name == "mlqa" {
				want = c.MLQA
			}
			if got := norm(c.Pred); got != want.Pred {
				t.Errorf("%s %s %q: normalised to %q, want %q", name, c.Lang, c.Pred, got, want.Pred)
			}
			for i, g := range c.Gold {
				if got := norm(g); got != want.Gold[i] {
					t.Errorf("%s %s %q: normalised to %q, want %q", name, c.Lang, g, got, want.Gold[i])
				}
			}
			got, err := SquadEMF1([]string{c.Pred}, [][]string{c.Gold}, norm)
			if err != nil || !near(got.EM, want.EM) || !near(got.F1, want.F1) {
				t.Errorf("%s %s %q: EM %g F1 %g, want %g %g (%v)", name, c.Lang, c.Pred, got.EM, got.F1, want.EM, want.F1, err)
			}
		}
	}
}

func TestQuantilesEqualNumpy(t *testing.T) {
	for _, c := range readGolden(t).Quantiles {
		if l, h := quantile(c.Values, 0.025), quantile(c.Values, 0.975); !near(l, c.Low) || !near(h, c.High) {
			t.Errorf("%d values: got %g to %g, want %g to %g", len(c.Values), l, h, c.Low, c.High)
		}
	}
}

// TestBootstrap compares with what is known of a mean: its standard error is sqrt(p(1-p)/n).
func TestBootstrap(t *testing.T) {
	scores := make([]float64, 1000)
	for i := range scores[:700] {
		scores[i] = 1
	}
	a, b := BootstrapMean(scores, 2000, 0.95, 1), BootstrapMean(scores, 2000, 0.95, 1)
	if a != b {
		t.Errorf("the same seed gives %v and %v", a, b)
	}
	if a == BootstrapMean(scores, 2000, 0.95, 2) {
		t.Error("another seed gives the same interval")
	}
	half := 1.96 * math.Sqrt(0.7*0.3/1000)
	if math.Abs(a.Low-(0.7-half)) > 0.004 || math.Abs(a.High-(0.7+half)) > 0.004 {
		t.Errorf("interval %v, want about %.3f to %.3f", a, 0.7-half, 0.7+half)
	}
	if e := BootstrapMean(nil, 10, 0.95, 1); !math.IsNaN(e.Low) || !math.IsNaN(e.High) {
		t.Errorf("of nothing: %v", e)
	}
}

func TestBootstrapEntityF1(t *testing.T) {
	gold := [][]string{{"B-X"}, {"B-X"}, {"O"}, {"B-Y", "I-Y"}}
	pred := [][]string{{"B-X"}, {"O"}, {"B-X"}, {"B-Y", "I-Y"}}
	counts, err := CountEntities(Lenient, gold, pred)
	if err != nil {
		t.Fatal(err)
	}
	all := Bootstrap(1, 1, 0.95, 1, func([]int) float64 {
		s, err := EntityF1(gold, pred)
		if err != nil {
			t.Fatal(err)
		}
		return s.F1
	})
	if !near(all.Low, 2.0/3) {
		t.Errorf("F1 %g, want 2/3", all.Low)
	}
	if i := BootstrapEntityF1(counts, 500, 0.95, 1); i.Low >= 2.0/3 || i.High <= 2.0/3 || i.High > 1 {
		t.Errorf("interval %v does not hold 2/3", i)
	}
}

func TestSizesThatDiffer(t *testing.T) {
	if _, err := EntityF1([][]string{{"O"}}, nil); err == nil {
		t.Error("sentences missing")
	}
	if _, err := EntityF1([][]string{{"O"}}, [][]string{{"O", "O"}}); err == nil {
		t.Error("tags missing")
	}
	if _, err := Accuracy([]int{1}, nil); err == nil {
		t.Error("predictions missing")
	}
	if _, err := SquadEMF1([]string{"a"}, [][]string{{}}, SquadAnswer); err == nil {
		t.Error("a question without answers")
	}
	if got, err := Accuracy([]int{1, 2, 3, 4}, []int{1, 2, 0, 4}); err != nil || got != 0.75 {
		t.Errorf("accuracy %g, %v", got, err)
	}
}
