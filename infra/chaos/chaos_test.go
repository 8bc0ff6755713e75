package chaos

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// plan is what one run does. `make chaos` sets it by MADX_CHAOS_SEED, _KILLS, _CELLS, _FOR and _KINDS.
type plan struct {
	seed   uint64
	kills  int           // at least so many in all
	limit  time.Duration // after which no sweep begins; 0 means none
	cells  int           // installations side by side: most of a recovery is waiting
	kinds  []string      // drawn from, one each time
	pause  [2]time.Duration
	share  float64 // of the store's requests that go wrong
	places []string
}

func fromEnvironment(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}

// A few kills that recover at once: the worker's is left to the long form, since its heartbeat's limit is 30 s.
func TestChaosShort(t *testing.T) {
	if testing.Short() || os.Getenv("MADX_CHAOS_KILLS") != "" {
		t.Skip("runs the whole stack: left out by -short and beside the long form")
	}
	run(t, plan{seed: uint64(fromEnvironment("MADX_CHAOS_SEED", 1)), kills: 1, cells: 1, share: 0.05,
		kinds: []string{"trainer", "s3", "temporal"}, pause: [2]time.Duration{300 * time.Millisecond, time.Second},
		places: []string{"trainer.checkpoint.written", "trainer.artifact.untold"}})
}

// TestChaos is `make chaos`.
func TestChaos(t *testing.T) {
	kills := fromEnvironment("MADX_CHAOS_KILLS", 0)
	if kills == 0 {
		t.Skip("the long form: make chaos SEED=1 N=300")
	}
	limit, _ := time.ParseDuration(os.Getenv("MADX_CHAOS_FOR"))
	kinds := []string{"trainer", "trainer", "trainer", afterDamage, afterDamage, "worker", "s3", "s3", "temporal", "place", "place", "place", "place"}
	if only := os.Getenv("MADX_CHAOS_KINDS"); only != "" {
		kinds = strings.Split(only, ",")
	}
	run(t, plan{seed: uint64(fromEnvironment("MADX_CHAOS_SEED", 1)), kills: kills, cells: fromEnvironment("MADX_CHAOS_CELLS", 3), share: 0.05, limit: limit,
		kinds: kinds,
		pause: [2]time.Duration{100 * time.Millisecond, 3 * time.Second}})
}

// figures are what a run of all cells came to.
type figures struct {
	mu     sync.Mutex
	began  time.Time
	sweeps int
	deaths []death
	faults map[string]int
	back   int // damaged checkpoints found
	asked  int
	bad    []string
	want   map[string]string
	took   time.Duration // of the undisturbed sweep
}

func run(t *testing.T, p plan) {
	f := &figures{began: time.Now(), faults: map[string]int{}}
	fmt.Printf("chaos: seed %d, at least %d kills, %d installations side by side, %.0f%% of the store's requests spoilt\n", p.seed, p.kills, p.cells, 100*p.share)
	known := make(chan struct{})
	t.Run("cells", func(t *testing.T) {
		for i := range p.cells {
			t.Run(fmt.Sprint("cell", i), func(t *testing.T) {
				t.Parallel()
				c := newCell(t, fmt.Sprint("cell", i), p.seed*1000+uint64(i))
				if i == 0 {
					f.undisturbed(c)
					close(known)
				}
				<-known
				for f.kills() < p.kills && !t.Failed() && f.want != nil && (p.limit == 0 || time.Since(f.began) < p.limit) {
					f.disturbed(c, p)
				}
			})
		}
	})
	f.print()
	if len(f.bad) > 0 {
		t.Errorf("%d bad", len(f.bad))
	}
	if p.share > 0 && f.sweeps > 0 && len(f.faults) == 0 {
		t.Error("no fault of the store has happened")
	}
	for _, kind := range faultKinds {
		if f.asked > 2000 && f.faults[kind] == 0 {
			t.Errorf("fault %q never happened in %d requests", kind, f.asked)
		}
	}
}

func (f *figures) kills() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.deaths)
}

// undisturbed makes what all others are compared with.
func (f *figures) undisturbed(c *cell) {
	began := time.Now()
	if err := c.begin(); err != nil {
		c.t.Error(err)
		return
	}
	r, err := c.outcome()
	f.took = time.Since(began)
	if bad := c.check(r, nil); err != nil || len(bad) > 0 || len(digests(r)) != 9 {
		c.t.Errorf("undisturbed: %v %v, %d artifacts", err, bad, len(digests(r)))
		return
	}
	f.want = digests(r)
	fmt.Printf("chaos: undisturbed %.1f s\n", f.took.Seconds())
	if err := c.forget(); err != nil {
		c.t.Error(err)
	}
}

// disturbed runs one sweep with kills and faults, and judges it.
func (f *figures) disturbed(c *cell, p plan) {
	if err := c.begin(); err != nil {
		c.t.Error(err)
		return
	}
	began := time.Now()
	before, back := len(c.proxy.manifests), c.fellBack()
	c.proxy.spoil(p.share)
	for _, place := range p.places {
		c.arm(place)
	}
	done := make(chan struct{})
	var deaths []death
	var killer sync.WaitGroup
	killer.Go(func() {
		for range 8 + c.rng.IntN(10) {
			pause := p.pause[0] + time.Duration(c.rng.Int64N(int64(p.pause[1]-p.pause[0])))
			select {
			case <-done:
				return
			case <-time.After(pause):
			}
			if d := c.killOne(p.kinds); d != nil {
				deaths = append(deaths, *d)
			}
		}
	})
	r, err := c.outcome()
	close(done)
	killer.Wait()
	c.proxy.spoil(0)
	end := time.Now()
	deaths = append(deaths, c.fired()...)
	for i := range deaths {
		at, ok := c.proxy.committedSince(deaths[i].at)
		if !ok {
			at = end
		}
		deaths[i].again = at.Sub(deaths[i].at)
	}
	bad := c.check(r, f.want)
	if err != nil {
		bad = append(bad, err.Error())
	}
	litter, err := c.store.List(c.t.Context(), "checkpoints/")
	if err != nil {
		bad = append(bad, err.Error())
	}
	back = c.fellBack() - back
	fmt.Printf("chaos: %s: %d kills (%s), %.0f s, %d commits, fell back from %d damaged checkpoints, %d checkpoint objects left, %d bad\n", c.name,
		len(deaths), kindsOf(deaths), end.Sub(began).Seconds(), len(c.proxy.manifests)-before, back, len(litter), len(bad))
	for _, b := range bad {
		fmt.Printf("chaos: %s: BAD: %s\n", c.name, b)
		c.t.Error(b)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sweeps++
	f.back += back
	f.deaths = append(f.deaths, deaths...)
	f.bad = append(f.bad, bad...)
	c.proxy.mu.Lock()
	defer c.proxy.mu.Unlock()
	for k, n := range c.proxy.met {
		f.faults[k] += n
	}
	f.asked += c.proxy.asked
	c.proxy.met, c.proxy.asked = map[string]int{}, 0
	if err := c.forget(); err != nil {
		c.t.Error(err)
	}
}

func kindsOf(deaths []death) string {
	var out []string
	for _, d := range deaths {
		out = append(out, d.kind)
	}
	return strings.Join(out, "; ")
}

// print tells the kills by kind with their recovery times.
func (f *figures) print() {
	byKind := map[string][]time.Duration{}
	for _, d := range f.deaths {
		byKind[d.kind] = append(byKind[d.kind], d.again)
		byKind["all"] = append(byKind["all"], d.again)
	}
	var kinds []string
	for k := range byKind {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	fmt.Printf("chaos: %-34s %5s  recovery, s: median, 95%%, max\n", "killed (or the place it died at)", "kills")
	for _, k := range kinds {
		ds := byKind[k]
		sort.Slice(ds, func(i, j int) bool { return ds[i] < ds[j] })
		fmt.Printf("chaos: %-34s %5d  %6.1f %6.1f %6.1f\n", k, len(ds), ds[len(ds)/2].Seconds(), ds[len(ds)*95/100].Seconds(), ds[len(ds)-1].Seconds())
	}
	total := 0
	for _, n := range f.faults {
		total += n
	}
	fmt.Printf("chaos: faults of the store: %d of %d requests: %v\n", total, f.asked, f.faults)
	fmt.Printf("chaos: %d sweeps, %d kills, %d damaged checkpoints found, %d bad, %.0f s; undisturbed a sweep takes %.1f s\n", f.sweeps, len(f.deaths), f.back, len(f.bad),
		time.Since(f.began).Seconds(), f.took.Seconds())
}
