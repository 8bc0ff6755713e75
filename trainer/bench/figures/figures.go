package figures

import (
	"fmt"
	"slices"
)

// Window is a stretch of work that was timed without a pause.
type Window struct {
	Steps      int     `json:"steps"`
	Tokens     int     `json:"tokens"` // without padding
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"`          // of the process, all threads
	FLOPs      float64 `json:"flops,omitempty"`      // by the count of trainer/bench; 0 where nobody counts
	Yardstick  float64 `json:"yardstick,omitempty"`  // FLOPs per second of matrix products of the same shapes, around the window
	PeakMiB    float64 `json:"peak_mib"`             // highest resident memory of the process so far
	Others     float64 `json:"others,omitempty"`     // share of the machine's processors that other processes used
	LoadBefore float64 `json:"load_before,omitzero"` // the machine's 1-minute load when the window began
}

// Run is one program on one work.
type Run struct {
	Program   string            `json:"program"`             // names in the order of Programs
	Precision string            `json:"precision,omitempty"` // of matrix products with the frozen weights
	Versions  map[string]string `json:"versions,omitempty"`
	Trained   int64             `json:"trained_parameters,omitempty"`
	Windows   []Window          `json:"windows"`
	Error     string            `json:"error,omitempty"` // why there are no windows
}

// The programs of a comparison.
const (
	Ours       = "madx"
	OursFull   = "madx, float32"
	Peer       = "peer, as people run it"
	PeerBest   = "peer, at its best"
	PeerSorted = "peer, at its best, sorted by length"
)

// Case is one work on one shape, measured for several programs alternately.
type Case struct {
	Name    string  `json:"name"`
	Shape   string  `json:"shape"` // "12x384"
	Work    string  `json:"work"`
	Vocab   int     `json:"vocab"`
	Batch   int     `json:"batch"`
	Seq     int     `json:"seq"` // the mean length where texts have different ones
	Threads int     `json:"threads"`
	Date    string  `json:"date"`
	Version string  `json:"version"` // of madx
	Machine Machine `json:"machine"`
	Runs    []Run   `json:"runs"`
}

// Point is a measurement of a scaling series.
type Point struct {
	X           float64 `json:"x"`
	TokensPerS  float64 `json:"tokens_per_s"`
	Utilisation float64 `json:"utilisation"`
	PeakMiB     float64 `json:"peak_mib"`
}

// Series is how one work scales with one quantity, all else fixed.
type Series struct {
	Quantity string  `json:"quantity"` // "sequence length, tokens"
	File     string  `json:"file"`     // of the plot, beside the Markdown
	Work     string  `json:"work"`
	Points   []Point `json:"points"`
}

// Lever is one work with one thing done otherwise, for what that thing is worth.
type Lever struct {
	Case       string  `json:"case"`
	Without    string  `json:"without"` // "" is the program as it is
	TokensPerS float64 `json:"tokens_per_s"`
	PeakMiB    float64 `json:"peak_mib"`
}

// Startup is the time from a program's start to something a person waits for.
type Startup struct {
	What    string    `json:"what"`
	Limit   float64   `json:"limit_s"`
	Seconds []float64 `json:"seconds"`
	Error   string    `json:"error,omitempty"`
}

// Part is the share of a step that one kind of work takes.
type Part struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // per step
}

// Profile is where the time of one work goes.
type Profile struct {
	Case  string `json:"case"`
	Parts []Part `json:"parts"`
}

// Format is the version of File's layout.
const Format = 1

// File is docs/benchmarks.json.
type File struct {
	Format   int       `json:"format"`
	Cases    []Case    `json:"cases"`
	Profiles []Profile `json:"profiles,omitempty"`
	Levers   []Lever   `json:"levers,omitempty"`
	Series   []Series  `json:"series,omitempty"`
	Startup  []Startup `json:"startup,omitempty"`
}

// Put replaces the case of the same name, or adds one.
func (f *File) Put(c Case) {
	if i := slices.IndexFunc(f.Cases, func(d Case) bool { return d.Name == c.Name }); i >= 0 {
		f.Cases[i] = c
		return
	}
	f.Cases = append(f.Cases, c)
}

// PutProfile does the same for a profile.
func (f *File) PutProfile(p Profile) {
	if i := slices.IndexFunc(f.Profiles, func(q Profile) bool { return q.Case == p.Case }); i >= 0 {
		f.Profiles[i] = p
		return
	}
	f.Profiles = append(f.Profiles, p)
}

// PutSeries does the same for a series.
func (f *File) PutSeries(s Series) {
	if i := slices.IndexFunc(f.Series, func(t Series) bool { return t.File == s.File }); i >= 0 {
		f.Series[i] = s
		return
	}
	f.Series = append(f.Series, s)
}

// Run finds a program's run; nil where it was not measured.
func (c Case) Run(program string) *Run {
	for i := range c.Runs {
		if c.Runs[i].Program == program && len(c.Runs[i].Windows) > 0 {
			return &c.Runs[i]
		}
	}
	return nil
}

// Spread is the least, the middle and the greatest of repeated measurements.
type Spread struct {
	Min, Median, Max float64
}

// SpreadOf sorts a copy of the values; zero where there are none.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return Spread{v[0], (v[(n-1)/2] + v[n/2]) / 2, v[n-1]}
}

// TokensPerS is the spread over windows.
func (r Run) TokensPerS() Spread {
	return r.over(func(w Window) float64 { return float64(w.Tokens) / w.Seconds })
}

// Utilisation is the spread of FLOPs per second over the yardstick around the same window; zero where nobody counts.
func (r Run) Utilisation() Spread {
	return r.over(func(w Window) float64 {
		if w.Yardstick == 0 {
			return 0
		}
		return w.FLOPs / w.Seconds / w.Yardstick
	})
}

// Rate is the spread of FLOPs per second.
func (r Run) Rate() Spread { return r.over(func(w Window) float64 { return w.FLOPs / w.Seconds }) }

// PeakMiB is the highest resident memory.
func (r Run) PeakMiB() float64 { return r.over(func(w Window) float64 { return w.PeakMiB }).Max }

// Others is the share of the machine that other processes used in the most disturbed window.
func (r Run) Others() float64 { return r.over(func(w Window) float64 { return w.Others }).Max }

func (r Run) over(f func(Window) float64) Spread {
	values := make([]float64, len(r.Windows))
	for i, w := range r.Windows {
		values[i] = f(w)
	}
	return SpreadOf(values)
}

// CaseName names a work on a shape.
func CaseName(work, shape string) string { return fmt.Sprintf("%s %s", work, shape) }
