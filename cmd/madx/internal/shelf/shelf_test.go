package shelf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/activities"
	"madx/infra/objectstore"
	"madx/trainer/hub"
	"madx/workflows"
)

// filled is a store with two sweeps that share a language adapter, and an adapter of no sweep.
func filled(t *testing.T) objectstore.Store {
	t.Helper()
	ctx := t.Context()
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	commit := func(kind, key string, m hub.Madx, steps int) activities.Trained {
		dir := t.TempDir()
		body, _ := json.Marshal(m)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "madx.json"), body, 0o644), os.WriteFile(filepath.Join(dir, "key"), []byte(key), 0o644)); err != nil {
			t.Fatal(err)
		}
		trained := activities.Trained{Steps: steps}
		meta, _ := json.Marshal(trained)
		trained.Ref, err = objectstore.Commit(ctx, store, "artifacts/"+kind+"/"+key, dir, objectstore.Manifest{Kind: kind, Key: key, Meta: meta})
		if err != nil {
			t.Fatal(err)
		}
		return trained
	}
	en := commit("language", "en", hub.Madx{Kind: "language", Language: "en"}, 10)
	sw := commit("language", "sw", hub.Madx{Kind: "language", Language: "sw"}, 10)
	sw2 := commit("language", "sw2", hub.Madx{Kind: "language", Language: "sw"}, 90)
	ner := commit("task", "ner", hub.Madx{Kind: "task", Task: "ner", SourceDigest: "x"}, 5)
	commit("task", "alone", hub.Madx{Kind: "task", Task: "qa"}, 5)
	for i, sweep := range []struct {
		sw    activities.Trained
		score float64
	}{{sw, 0.7}, {sw2, 0.5}} {
		r := workflows.SweepResult{Sweep: fmt.Sprintf("s%d", i), Params: workflows.SweepParams{Source: "en", Targets: []string{"sw"}, Tasks: []workflows.TaskParams{{Name: "wikiann"}}},
			Adapters: map[string]activities.Trained{"language/en": en, "language/sw": sweep.sw, "task/wikiann": ner},
			Results:  []activities.Evaluated{{Task: "wikiann", Lang: "sw", Metric: "f1", Rows: []activities.Row{{Row: "source_kept", Score: 0.9}, {Row: "target_swapped", Score: sweep.score}}}}}
		r.Params.Model.HasMLMHead = true
		r.Params.Tasks[0].Task.Task = "ner"
		body, _ := json.Marshal(r)
		if err := store.Put(ctx, "sweeps/"+r.Sweep+"/results.json", bytes.NewReader(body), int64(len(body)), objectstore.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestShelfNamesAdapters(t *testing.T) {
	s, err := Open(t.Context(), filled(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range s.Adapters {
		got = append(got, fmt.Sprintf("%s%v", a.Name, a.Sweeps))
	}
	if fmt.Sprint(s.Languages(), s.Tasks()) != "[en sw] [wikiann]" {
		t.Errorf("languages %v, tasks %v", s.Languages(), s.Tasks())
	}
	for _, want := range []string{"language/en[s0 s1]", "language/sw[s0]", "language/sw[s1]", "task/qa/alone[]", "task/wikiann[s0 s1]"} {
		if !strings.Contains(strings.Join(got, " "), want) {
			t.Errorf("%v lacks %s", got, want)
		}
	}
	if a, err := s.Find("language/en"); err != nil || a.Lang != "en" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := s.Find("language/sw"); err == nil || !strings.Contains(err.Error(), "one of several") {
		t.Errorf("an ambiguous name: %v", err)
	}
	en, _ := s.Find("language/en")
	if a, err := s.Find(en.ID()); err != nil || a.Digest != en.Digest {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := s.Find("language/xx"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown name: %v", err)
	}
	for typed, meant := range map[string]string{"sw": "did you mean language/sw:", "task/en": "did you mean language/en:"} {
		if _, err := s.Find(typed); err == nil || !strings.Contains(err.Error(), meant) {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

// An adapter that was pulled and pushed back is there twice; the one that a sweep made is shown, whichever is listed first.
func TestPushedCopiesDoNotHideLineage(t *testing.T) {
	store := filled(t)
	for _, key := range []string{"0-pushed", "1-made", "2-pushed"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "madx.json"), []byte(`{"kind": "language", "language": "x"}`), 0o644); err != nil {
			t.Fatal(err)
		}
		m := objectstore.Manifest{Kind: "language", Key: key, Meta: []byte("{}")}
		if strings.HasSuffix(key, "made") {
			m.Inputs = map[string]string{"corpus": "c"}
		}
		if _, err := objectstore.Commit(t.Context(), store, "artifacts/language/"+key, dir, m); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range s.Adapters {
		if a.Lang == "x" && a.Pushed() {
			t.Errorf("%s hides what it was made from", a.ID())
		}
	}
}

func TestPickTakesTheBest(t *testing.T) {
	s, err := Open(t.Context(), filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ task, lang, sweep, want string }{
		{"ner", "sw", "", "s0 task/wikiann 0.7"},
		{"wikiann", "sw", "s1", "s1 task/wikiann 0.5"},
		{"ner", "en", "", "s0 task/wikiann 0"},
		{"fill-mask", "sw", "", "s1 language/sw 0"},
	} {
		got, err := s.Pick(c.task, c.lang, c.sweep)
		if text := fmt.Sprintf("%s %s %.2g", got.Sweep, got.Name, got.Score); err != nil || text != c.want {
			t.Errorf("%+v: %s, %v", c, text, err)
		}
	}
	for _, c := range [][3]string{{"ner", "yo", ""}, {"qa", "sw", ""}, {"ner", "sw", "other"}} {
		_, err := s.Pick(c[0], c[1], c[2])
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "there are ") || strings.HasSuffix(err.Error(), "there are ") {
			t.Errorf("%v: %v", c, err)
		}
	}
}
