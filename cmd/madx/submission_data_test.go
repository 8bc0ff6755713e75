package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"madx/infra/config"
	"madx/infra/fetch"
	"madx/infra/objectstore"
	"madx/workflows"
)

// farm is a sweep whose training data and text are on a server, and a store.
type farm struct {
	t     *testing.T
	sweep *config.Sweep
	store objectstore.Store
	files map[string]string // what the server has
	down  bool
	asked []string // "GET /a"
	said  []string
}

func newFarm(t *testing.T) *farm {
	t.Helper()
	f := &farm{t: t, files: map[string]string{"/train.iob2": "Ann\tB-PER\nsings\tO\n", "/sw.txt": "Juma anaimba.\n"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked = append(f.asked, r.Method+" "+r.URL.Path)
		body, ok := f.files[r.URL.Path]
		if f.down || !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf("%q", body[:3]))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader([]byte(body)))
	}))
	t.Cleanup(server.Close)
	var err error
	if f.store, err = objectstore.OpenDir(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	f.sweep = tinySweep(t)
	f.edit("train: [{path: en.iob2", "train: [{path: "+server.URL+"/train.iob2")
	f.edit("language: {steps: 7}", "language: {steps: 7}\ntext: {sw: [{path: "+server.URL+"/sw.txt}]}")
	return f
}

// edit changes the sweep file.
func (f *farm) edit(old, to string) {
	f.t.Helper()
	body, err := os.ReadFile(f.sweep.File)
	if err != nil || !strings.Contains(string(body), old) {
		f.t.Fatalf("%q is not in the sweep file, %v", old, err)
	}
	if err := os.WriteFile(f.sweep.File, []byte(strings.Replace(string(body), old, to, 1)), 0o644); err != nil {
		f.t.Fatal(err)
	}
	if f.sweep, err = config.ReadSweep(f.sweep.File, nil); err != nil {
		f.t.Fatal(err)
	}
}

func (f *farm) submit(change func(*submission)) (workflows.SweepParams, error) {
	f.t.Helper()
	f.asked, f.said = nil, nil
	u := &submission{store: f.store, say: func(format string, args ...any) { f.said = append(f.said, fmt.Sprintf(format, args...)) },
		fetch: fetch.Options{Retries: 1}}
	if change != nil {
		change(u)
	}
	return u.params(f.t.Context(), f.sweep)
}

func (f *farm) must(change func(*submission)) workflows.SweepParams {
	f.t.Helper()
	p, err := f.submit(change)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f *farm) asks(want ...string) {
	f.t.Helper()
	if strings.Join(f.asked, ", ") != strings.Join(want, ", ") {
		f.t.Errorf("asked %v, want %v", f.asked, want)
	}
}

func dry(u *submission)    { u.dry = true }
func relock(u *submission) { u.relock = true }

func TestFarDataIsFetchedOnceAndPinned(t *testing.T) {
	f := newFarm(t)
	if _, err := f.submit(dry); !errors.Is(err, errNotUploaded) {
		t.Errorf("a look before the first start: %v", err)
	}
	f.asks()
	first := f.must(nil)
	f.asks("GET /train.iob2", "GET /sw.txt")
	data := first.Tasks[0].Data
	if len(data) != 1 || data[0].File != "train.iob2" || data[0].Ref.Digest == "" || data[0].Format != "iob2" {
		t.Errorf("data %+v", data)
	}
	if texts := first.Texts["sw"]; len(texts) != 1 || texts[0].File != "sw.txt" || len(texts[0].SHA256) != 64 || !strings.HasSuffix(texts[0].From, "/sw.txt") || len(first.Texts) != 1 {
		t.Errorf("texts %+v", first.Texts)
	}
	lock, err := os.ReadFile(filepath.Join(filepath.Dir(f.sweep.File), "sweep.lock"))
	for _, name := range []string{"/train.iob2", "/sw.txt", `"en.iob2"`, `"sw.iob2"`} {
		if err != nil || !strings.Contains(string(lock), name) {
			t.Errorf("%s is not pinned: %v\n%s", name, err, lock)
		}
	}
	again := f.must(nil)
	f.asks("HEAD /train.iob2", "HEAD /sw.txt")
	looked := f.must(dry)
	f.asks()
	if !reflect.DeepEqual(again, first) || !reflect.DeepEqual(looked, first) {
		t.Error("the same files gave other parameters")
	}
}

func TestChangedUpstreamIsNoticed(t *testing.T) {
	f := newFarm(t)
	first := f.must(nil)
	f.files["/train.iob2"] = "Bea\tB-PER\nsings\tO\n"
	_, err := f.submit(nil)
	var usage usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "sweep.yaml:") || !strings.Contains(err.Error(), "tasks[0].train[0].path") ||
		!strings.Contains(err.Error(), "sweep.lock pins") || !strings.Contains(err.Error(), "--relock") {
		t.Errorf("got %v", err)
	}
	second := f.must(relock)
	if second.Tasks[0].Data[0].Ref.Digest == first.Tasks[0].Data[0].Ref.Digest {
		t.Error("the old bytes are used")
	}
	f.must(nil)
	f.asks("HEAD /train.iob2", "HEAD /sw.txt")
}

func TestSourceThatIsDown(t *testing.T) {
	f := newFarm(t)
	first := f.must(nil)
	f.down = true
	if again := f.must(nil); !reflect.DeepEqual(again, first) || !strings.Contains(strings.Join(f.said, "\n"), "going on with the bytes that sweep.lock pins") {
		t.Errorf("said %v", f.said)
	}
	var err error
	if f.store, err = objectstore.OpenDir(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	var far unreachable
	if _, err := f.submit(nil); !errors.As(err, &far) || !strings.Contains(err.Error(), "/train.iob2") {
		t.Errorf("an empty store: %v", err)
	}
}

func TestLocalFilesMayChange(t *testing.T) {
	f := newFarm(t)
	f.must(nil)
	path := filepath.Join(filepath.Dir(f.sweep.File), "sw.iob2")
	if err := os.WriteFile(path, []byte("Asha\tB-PER\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.must(nil)
	if want := "sw.iob2 has changed since it was last used; sweep.lock is brought up to date."; strings.Join(f.said, "\n") != want {
		t.Errorf("said %q", f.said)
	}
	if f.must(nil); len(f.said) != 0 {
		t.Errorf("said again %q", f.said)
	}
}

// What is wrong with data is said before anything is trained on it, and nothing is pinned.
func TestDataIsReadFirst(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"another format", "Ann PERSON\n", "/train.iob2:1: "},
		{"classes without a label", "Ann\tB-PER\nMay\tB-DATE\n", "label_map: {DATE: O}"},
		{"empty", "\n\n\n", "no sentences"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFarm(t)
			f.files["/train.iob2"] = tt.data
			_, err := f.submit(nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "tasks[0].train[0].path") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := os.Stat(lockPath(f.sweep.File)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a lock file was written: %v", err)
			}
		})
	}
}

// A filter that the sweep file switches off with 0 stays off: the activities' 0 is the default.
func TestCorpusSettingsOfASweep(t *testing.T) {
	f := newFarm(t)
	usual := sweepParams(f.sweep).Corpus
	if usual.ScriptShare != 0.5 || usual.NearDuplicates != 0.85 || usual.MinChars != 0 || usual.OnePerRow {
		t.Errorf("usual settings %+v", usual)
	}
	f.edit("language: {steps: 7}", "language: {steps: 7}\ncorpus: {script_share: 0, near_duplicates: 0, min_chars: 3, paragraph_per_row: true}")
	if c := sweepParams(f.sweep).Corpus; c.ScriptShare != -1 || c.NearDuplicates != -1 || c.MinChars != 3 || !c.OnePerRow {
		t.Errorf("settings %+v", c)
	}
}
