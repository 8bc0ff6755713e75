package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"madx/trainer/hub"
	"madx/trainer/weights"
)

// siqaText is copaText with three choices, in Social IQa's form.
func siqaText(questions int) string {
	r := rand.New(rand.NewPCG(4, 4))
	var b strings.Builder
	for i := range questions {
		context, label := text(r, 2), r.IntN(3)
		choices := []string{word(r, 3), word(r, 3), word(r, 3)}
		choices[label] = strings.Fields(context)[0]
		line, _ := json.Marshal(map[string]any{"context": context, "question": word(r, 2) + "?", "answerA": choices[0], "answerB": choices[1],
			"answerC": choices[2], "label": fmt.Sprint(label + 1), "id": i})
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// A task adapter trained on Social IQa goes on with COPA, its head too, though the choices are three and then two.
func TestTaskGoesOnFromAnother(t *testing.T) {
	f := newFixture(t)
	f.must(t, os.WriteFile(f.path("siqa.jsonl"), []byte(siqaText(40)), 0o644))
	succeed(t, "run", f.spec(t, "language", object{"language": object{"name": "src", "lang": "aa"}, "out": f.path("source"), "checkpoints": f.path("ck-source")}))
	task := func(name string, more object) object {
		o := object{"adapter": object{"name": name, "reduction": 4}, "source": f.path("source"), "task": "ccr"}
		maps.Copy(o, more)
		return o
	}
	set := func(file, format string) []any { return []any{object{"path": f.path(file), "format": format}} }
	first := task("siqa", object{"train": set("siqa.jsonl", "siqa")})
	succeed(t, "run", f.spec(t, "ccr", object{"task": first, "out": f.path("first"), "checkpoints": f.path("ck-first")}))

	second := task("copa", object{"train": set("copa.jsonl", "copa"), "from": f.path("first")})
	still := object{"steps": 1, "batch": 6, "seq_len": 48, "lr": 1e-12}
	succeed(t, "run", f.spec(t, "ccr", object{"task": second, "train": still, "out": f.path("still"), "checkpoints": f.path("ck-still")}))
	a, err := hub.OpenAdapter(f.path("first"))
	f.must(t, err)
	b, err := hub.OpenAdapter(f.path("still"))
	f.must(t, err)
	renamed := a.Renamed("copa")
	near(t, renamed.Tensors, b.Tensors)
	near(t, renamed.HeadTensors, b.HeadTensors)
	if b.Head.NumChoices != 2 || b.Madx.Lineage["from"] != a.Digest {
		t.Errorf("head for %d choices, lineage %v, want %s", b.Head.NumChoices, b.Madx.Lineage, a.Digest)
	}

	succeed(t, "run", f.spec(t, "ccr", object{"task": second, "out": f.path("on"), "checkpoints": f.path("ck-on")}))
	fresh := task("copa", object{"train": set("copa.jsonl", "copa")})
	succeed(t, "run", f.spec(t, "ccr", object{"task": fresh, "out": f.path("fresh"), "checkpoints": f.path("ck-fresh")}))
	if digest(t, f.path("on")) == digest(t, f.path("fresh")) {
		t.Error("the first training leaves no trace in the second")
	}

	other := task("copa", object{"train": set("copa.jsonl", "copa"), "from": f.path("first"), "adapter": object{"name": "copa", "reduction": 8}})
	alone := task("copa", object{"train": set("copa.jsonl", "copa"), "from": f.path("first"), "source": ""})
	for want, task := range map[string]object{"another configuration": other, "another base model or source": alone} {
		if o := trainer(t, 0, 0, "run", f.spec(t, "ccr", object{"task": task, "out": f.path("no"), "checkpoints": f.path("ck-no")})); o.code != 65 || !strings.Contains(o.stderr, want) {
			t.Errorf("exit status %d, want 65 and %q\n%s", o.code, want, o.stderr)
		}
	}
}

// near compares tensors by value: a step of a rate near zero may change the last bits.
func near(t *testing.T, want, got weights.Map) {
	t.Helper()
	if len(want) == 0 || len(want) != len(got) {
		t.Fatalf("%d tensors, want %d", len(got), len(want))
	}
	for name, w := range want {
		x, err := w.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		y, err := got[name].Float32s()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range x {
			if math.Abs(float64(x[i]-y[i])) > 1e-6 {
				t.Fatalf("%s[%d] is %v, was %v", name, i, y[i], x[i])
			}
		}
	}
}
