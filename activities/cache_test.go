package activities

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madx/infra/objectstore"
	"madx/infra/objectstore/faults"
)

func TestCacheFetchesOnce(t *testing.T) {
	r := newRig(t, nil)
	ref := r.input("model", "weights")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			dir, release, err := r.Cache.Hold(t.Context(), r.Store, ref)
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			if body, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(body) != "weights" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
	wg.Wait()
	store := faults.New(r.Store)
	store.Add(faults.Fault{Op: faults.Get, Kind: faults.Fail})
	_, release, err := r.Cache.Hold(t.Context(), store, ref)
	if err != nil {
		t.Fatalf("fetched although it is here: %v", err)
	}
	release()
}

func TestCacheEvictsTheLeastRecentlyUsed(t *testing.T) {
	r := newRig(t, nil)
	r.Cache.MaxBytes = 20
	hold := func(content string) (string, func()) {
		dir, release, err := r.Cache.Hold(t.Context(), r.Store, r.input("data", content))
		if err != nil {
			t.Fatal(err)
		}
		return dir, release
	}
	age := func(dir string, d time.Duration) {
		then := time.Now().Add(-d)
		if err := os.Chtimes(dir, then, then); err != nil {
			t.Fatal(err)
		}
	}
	a, release := hold(strings.Repeat("a", 8))
	release()
	b, release := hold(strings.Repeat("b", 8))
	release()
	age(a, time.Hour)
	age(b, 2*time.Hour)
	held, releaseHeld := hold(strings.Repeat("c", 8)) // 24 bytes: one has to go, the oldest
	if there(b) || !there(a) || !there(held) {
		t.Errorf("a %v, b %v, c %v", there(a), there(b), there(held))
	}
	age(held, 3*time.Hour)
	big, release := hold(strings.Repeat("d", 30)) // beyond the bound by itself; what is in use stays
	if there(a) || !there(held) || !there(big) {
		t.Errorf("a %v, c %v, d %v", there(a), there(held), there(big))
	}
	release()
	releaseHeld()
	_, release = hold("e")
	release()
	if there(held) || there(big) {
		t.Errorf("c %v, d %v, nobody uses them", there(held), there(big))
	}
}

func there(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

func TestCacheRefusesWhatIsNoReference(t *testing.T) {
	r := newRig(t, nil)
	for _, digest := range []string{"", "short", strings.Repeat("g", 64) + "/../x"} {
		_, _, err := r.Cache.Hold(t.Context(), r.Store, Ref{Prefix: "p", Digest: digest})
		if !errors.Is(err, errBadInput) {
			t.Errorf("digest %q: %v", digest, err)
		}
	}
}

// Whatever a fetch dies of, half a folder is never in the cache, and the next one finds its way.
func TestCacheSurvivesEveryFault(t *testing.T) {
	for _, kind := range []faults.Kind{faults.Fail, faults.Flip, faults.Cut, faults.Lose} {
		for _, key := range []string{"/file", "/" + objectstore.ManifestName} {
			t.Run(string(kind)+" "+key, func(t *testing.T) {
				r := newRig(t, nil)
				ref := r.input("model", "weights")
				store := faults.New(r.Store)
				store.Add(faults.Fault{Op: faults.Get, Key: key, Kind: kind, Times: 1})
				if _, _, err := r.Cache.Hold(t.Context(), store, ref); err == nil {
					t.Error("the fault went unnoticed")
				}
				if there(filepath.Join(r.Cache.Dir, ref.Digest)) {
					t.Error("half a folder is in the cache")
				}
				_, release, err := r.Cache.Hold(t.Context(), store, ref)
				if err != nil {
					t.Fatal(err)
				}
				release()
				if left, err := os.ReadDir(r.Cache.Dir); err != nil || len(left) != 1 {
					t.Errorf("left behind: %v, %v", left, err)
				}
			})
		}
	}
}

// What fetches that were broken off left counts against the bound, unless one is going on.
func TestCacheEvictsWhatWasBrokenOff(t *testing.T) {
	r := newRig(t, nil)
	r.Cache.MaxBytes = 20
	partial := func(name string) string {
		dir := filepath.Join(r.Cache.Dir, partialPrefix+name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "part"), make([]byte, 30), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dead, alive := partial("dead"), partial("alive")
	lock, err := tryLock(alive + lockSuffix)
	if err != nil || lock == nil {
		t.Fatal(err)
	}
	defer letGo(lock)
	_, release, err := r.Cache.Hold(t.Context(), r.Store, r.input("data", "x"))
	if err != nil {
		t.Fatal(err)
	}
	release()
	if there(dead) || !there(alive) {
		t.Errorf("dead %v, alive %v", there(dead), there(alive))
	}
}

// Who wants what another process of this machine is fetching waits for it.
func TestCacheWaitsForAnotherProcess(t *testing.T) {
	r := newRig(t, nil)
	ref := r.input("model", "weights")
	lock, err := tryLock(filepath.Join(r.Cache.Dir, partialPrefix+ref.Digest+lockSuffix))
	if err != nil || lock == nil {
		t.Fatal(err)
	}
	store := faults.New(r.Store)
	store.Add(faults.Fault{Op: faults.Get, Kind: faults.Fail})
	other := make(chan error, 1)
	go func() {
		_, err := objectstore.FetchRef(t.Context(), r.Store, ref, filepath.Join(r.Cache.Dir, ref.Digest))
		letGo(lock)
		other <- err
	}()
	_, release, err := r.Cache.Hold(t.Context(), store, ref)
	if err != nil {
		t.Fatalf("did not wait: %v", err)
	}
	release()
	if err := <-other; err != nil {
		t.Error(err)
	}
}

func TestCacheObeysItsContext(t *testing.T) {
	r := newRig(t, nil)
	ref := r.input("model", "weights")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.Cache.Hold(ctx, r.Store, ref); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
