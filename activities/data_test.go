package activities

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"madx/datasets/corpus"
	"madx/infra/demomirror"
	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
)

func (r *rig) tokenizer() Ref {
	r.t.Helper()
	dir := r.t.TempDir()
	fixture.Tokenizer(r.t, dir)
	ref, err := objectstore.Commit(context.Background(), r.Store, "inputs/tokenizer/tiny", dir, objectstore.Manifest{Kind: "tokenizer"})
	if err != nil {
		r.t.Fatal(err)
	}
	return ref
}

func TestDumpToCorpus(t *testing.T) {
	r := newRig(t, nil)
	mirror, dir := fixture.Mirror(t, 8)
	in := DownloadInput{Lang: "sw", Wiki: "swwiki", Mirror: mirror, Date: "latest"}
	dump, err := perform(r, r.Download, in)
	if err != nil {
		t.Fatal(err)
	}
	if dump.Cached || dump.Date != fixture.Date || dump.Bytes == 0 {
		t.Errorf("dump %+v", dump)
	}
	if left, err := os.ReadDir(r.Scratch); err != nil || len(left) != 0 {
		t.Errorf("left on the machine: %v, %v", left, err)
	}

	ci := CorpusInput{Lang: "sw", Dump: dump.Ref, Tokenizer: r.tokenizer(), SeqLen: 32, HeldOutPercent: 20, MinChars: 20, Seed: 1}
	built, err := perform(r, r.BuildCorpus, ci)
	if err != nil {
		t.Fatal(err)
	}
	if built.Cached || built.Rows == 0 || built.HeldOut == 0 || built.Lang != "sw" {
		t.Errorf("corpus %+v", built)
	}
	folder, release, err := r.Cache.Hold(t.Context(), r.Store, built.Ref)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	opened, err := corpus.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if row := opened.Train().Row(0); len(row) != 32 || row[0] != 0 || opened.Train().Rows() != built.Rows {
		t.Errorf("row %v of %d", row, opened.Train().Rows())
	}

	again, err := perform(r, r.BuildCorpus, ci)
	if err != nil || !again.Cached || again.Ref != built.Ref || again.Rows != built.Rows {
		t.Errorf("again %+v, %v", again, err)
	}
	other := newRig(t, nil) // another store, the same bytes
	otherDump, err := perform(other, other.Download, in)
	if err != nil {
		t.Fatal(err)
	}
	ci.Dump, ci.Tokenizer = otherDump.Ref, other.tokenizer()
	if twin, err := perform(other, other.BuildCorpus, ci); err != nil || twin.Ref.Digest != built.Ref.Digest {
		t.Errorf("another machine built other bytes: %v", err)
	}

	// A newer dump is another one under "latest"; the old is still had by its date.
	body, err := os.ReadFile(filepath.Join(fixture.Root(t), "examples", "demo", "wiki", "swwiki.xml"))
	if err != nil {
		t.Fatal(err)
	}
	fixture.AddDump(t, dir, "swwiki", "20260201", string(body))
	newer, err := perform(r, r.Download, in)
	if err != nil || newer.Cached || newer.Date != "20260201" || newer.Ref.Digest == dump.Ref.Digest {
		t.Errorf("newer %+v, %v", newer, err)
	}
	in.Date = fixture.Date
	if old, err := perform(r, r.Download, in); err != nil || !old.Cached || old.Ref != dump.Ref {
		t.Errorf("older %+v, %v", old, err)
	}
}

func TestDamagedDumpIsDownloadedAgain(t *testing.T) {
	for _, kind := range []faults.Kind{faults.Cut, faults.Lose} {
		for _, what := range []string{".bz2", objectstore.ManifestName} {
			t.Run(string(kind)+" "+what, func(t *testing.T) {
				r := newRig(t, nil)
				mirror, _ := fixture.Mirror(t, 2)
				in := DownloadInput{Lang: "sw", Wiki: "swwiki", Mirror: mirror, Date: fixture.Date}
				first, err := perform(r, r.Download, in)
				if err != nil {
					t.Fatal(err)
				}
				for _, key := range r.objects(first.Ref.Prefix) {
					if strings.HasSuffix(key, what) {
						if err := faults.Spoil(t.Context(), r.Store, key, kind); err != nil {
							t.Fatal(err)
						}
					}
				}
				again, err := perform(r, r.Download, in)
				if err != nil || again.Cached || again.Ref != first.Ref {
					t.Errorf("again %+v, %v", again, err)
				}
			})
		}
	}
}

func TestDownloadErrors(t *testing.T) {
	mirror, dir := fixture.Mirror(t, 2)
	var served atomic.Int32
	flaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, ".bz2") && served.Add(1) == 1 {
			whole, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(req.URL.Path)))
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
			_, _ = w.Write(whole[:100]) // and the connection is cut
			return
		}
		demomirror.Handler(dir).ServeHTTP(w, req)
	}))
	defer flaky.Close()
	tests := []struct {
		name string
		in   DownloadInput
		typ  string
	}{
		{"whole", DownloadInput{"sw", "swwiki", mirror, "latest"}, ""},
		{"no such wiki", DownloadInput{"qu", "quwiki", mirror, "latest"}, TypeBadInput},
		{"no such date", DownloadInput{"sw", "swwiki", mirror, "20250101"}, TypeBadInput},
		{"cut connection", DownloadInput{"sw", "swwiki", flaky.URL, "latest"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			_, err := perform(r, r.Download, tt.in)
			if errorType(err) != tt.typ || (err == nil) != (tt.typ == "") {
				t.Errorf("error of type %q: %v", errorType(err), err)
			}
		})
	}
	if served.Load() < 2 {
		t.Error("the connection was not cut")
	}
}

func TestCorpusErrors(t *testing.T) {
	r := newRig(t, nil)
	mirror, dir := fixture.Mirror(t, 2)
	fixture.AddDump(t, dir, "quwiki", fixture.Date, "<mediawiki></mediawiki>\n")
	empty, err := perform(r, r.Download, DownloadInput{"qu", "quwiki", mirror, "latest"})
	if err != nil {
		t.Fatal(err)
	}
	full, err := perform(r, r.Download, DownloadInput{"sw", "swwiki", mirror, "latest"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   CorpusInput
		typ  string
		want string
	}{
		{"no text", CorpusInput{Lang: "qu", Dump: empty.Ref, Tokenizer: r.tokenizer()}, TypeBadInput, "qu"},
		{"no tokenizer", CorpusInput{Lang: "sw", Dump: full.Ref, Tokenizer: r.input("tokenizer", "{}")}, TypeBadInput, "tokenizer"},
		{"no dump", CorpusInput{Lang: "sw", Dump: r.input("dump", "?"), Tokenizer: r.tokenizer()}, TypeBadInput, "no .bz2"},
		{"another script", CorpusInput{Lang: "am", Dump: full.Ref, Tokenizer: r.tokenizer()}, TypeBadInput, "am"},
		{"lost dump", CorpusInput{Lang: "sw", Dump: Ref{Prefix: "artifacts/dump/none", Digest: strings.Repeat("0", 64)}, Tokenizer: r.tokenizer()}, TypeInputLost, "not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.SeqLen, tt.in.HeldOutPercent = 32, 20
			_, err := perform(r, r.BuildCorpus, tt.in)
			if errorType(err) != tt.typ || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error of type %q: %v", errorType(err), err)
			}
			if left, err := os.ReadDir(r.Scratch); err != nil || len(left) != 0 {
				t.Errorf("left on the machine: %v, %v", left, err)
			}
		})
	}
}
