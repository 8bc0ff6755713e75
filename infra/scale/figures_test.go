package scale

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"madx/workflows"
)

// size is that of a history.
type size struct{ events, bytes int64 }

// figures are what a sweep has cost.
type figures struct {
	languages, children int
	took                time.Duration
	sweep               size // the largest of its histories
	sweepRuns           int
	sweepTotal          size
	kinds               map[string][]size // of children, by workflow type
	waits               []time.Duration   // of the languages' trainings, from being scheduled to being started
	peak                map[string]int64  // resident bytes, by kind of process
	cpu                 map[string]time.Duration
	database            int64 // bytes
	requests            map[string]int
}

func (s *stack) figures(p workflows.SweepParams) *figures {
	s.t.Helper()
	f := &figures{languages: len(p.Languages()), kinds: map[string][]size{}, cpu: map[string]time.Duration{}, requests: s.counts.n}
	for name, pids := range s.pids {
		for _, pid := range pids {
			f.cpu[name] += processTime(pid)
		}
	}
	for want := 3*f.languages + 3; ; time.Sleep(time.Second) { // listings follow the truth by a moment
		f.list(s)
		if f.children+1 >= want {
			break
		}
	}
	for _, lang := range p.Languages() {
		f.waits = append(f.waits, s.wait(workflows.LanguageID(p.Name, lang)))
	}
	_ = filepath.WalkDir(filepath.Join(s.dir, "temporal"), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			if info, err := e.Info(); err == nil {
				f.database += info.Size()
			}
		}
		return nil
	})
	return f
}

// list reads the sizes of all histories.
func (f *figures) list(s *stack) {
	s.t.Helper()
	f.children, f.sweepRuns, f.sweep, f.sweepTotal, f.kinds = 0, 0, size{}, size{}, map[string][]size{}
	var page []byte
	for {
		r, err := s.temporal.ListWorkflow(s.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 500, NextPageToken: page,
			Query: "ExecutionStatus != 'Running'"})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, e := range r.Executions {
			one := size{e.HistoryLength, e.HistorySizeBytes}
			if e.Type.Name == "LanguageSweep" {
				f.sweepRuns++
				f.sweep = size{max(f.sweep.events, one.events), max(f.sweep.bytes, one.bytes)}
				f.sweepTotal = size{f.sweepTotal.events + one.events, f.sweepTotal.bytes + one.bytes}
				continue
			}
			f.children++
			f.kinds[e.Type.Name] = append(f.kinds[e.Type.Name], one)
		}
		if page = r.NextPageToken; len(page) == 0 {
			return
		}
	}
}

// wait returns how long a child's activity was in its queue.
func (s *stack) wait(id string) time.Duration {
	s.t.Helper()
	var scheduled time.Time
	events := s.temporal.GetWorkflowHistory(s.t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			s.t.Fatal(err)
		}
		switch e.EventType {
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			scheduled = e.EventTime.AsTime()
		case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			return e.EventTime.AsTime().Sub(scheduled)
		}
	}
	s.t.Errorf("%s was never started", id)
	return 0
}

// processTime is the processor time that a process has used.
func processTime(pid int) time.Duration {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(body), ") ")
	fields := strings.Fields(after)
	var ticks int
	for _, i := range []int{11, 12} { // utime, stime
		n, _ := strconv.Atoi(fields[i])
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (f *figures) print() {
	perS := func(n int) float64 { return float64(n) / f.took.Seconds() }
	fmt.Printf("scale: %d steps in %.0f s: %.1f steps/s, %.1f languages/s\n", f.children, f.took.Seconds(), perS(f.children), perS(f.languages))
	fmt.Printf("scale: history of the sweep: %d runs, the largest %d events, %d bytes; in all %d events, %d bytes\n",
		f.sweepRuns, f.sweep.events, f.sweep.bytes, f.sweepTotal.events, f.sweepTotal.bytes)
	for _, kind := range sorted(f.kinds) {
		var total, most size
		for _, h := range f.kinds[kind] {
			total = size{total.events + h.events, total.bytes + h.bytes}
			most = size{max(most.events, h.events), max(most.bytes, h.bytes)}
		}
		n := int64(len(f.kinds[kind]))
		fmt.Printf("scale: history of a %-16s %5d of them, mean %3d events, %6d bytes, largest %3d events, %6d bytes\n",
			kind+":", n, total.events/n, total.bytes/n, most.events, most.bytes)
	}
	for _, name := range sorted(f.peak) {
		fmt.Printf("scale: %-9s peak memory %4d MiB, processor %.0f ms a step\n", name+":", f.peak[name]>>20,
			float64(f.cpu[name].Milliseconds())/float64(f.children))
	}
	fmt.Printf("scale: database %.1f KiB a step\n", float64(f.database)/1024/float64(f.children))
	slices.Sort(f.waits)
	var total time.Duration
	for _, w := range f.waits {
		total += w
	}
	mean, longest := total/time.Duration(len(f.waits)), f.waits[len(f.waits)-1]
	fmt.Printf("scale: a language's training waits for a device: mean %.2f s, median %.2f s, longest %.2f s (%.1f of the mean)\n",
		mean.Seconds(), f.waits[len(f.waits)/2].Seconds(), longest.Seconds(), longest.Seconds()/mean.Seconds())
	all := 0
	for _, what := range sorted(f.requests) {
		all += f.requests[what]
		fmt.Printf("scale: store: %-28s %6d requests, %.2f a language\n", what, f.requests[what], float64(f.requests[what])/float64(f.languages))
	}
	fmt.Printf("scale: store: %d requests, %.1f a language, %.1f/s\n", all, float64(all)/float64(f.languages), perS(all))
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
