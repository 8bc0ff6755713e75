package libtorch

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Progress tells a person what is going on and how long it still takes: one
// line that is redrawn on a terminal, a line now and then in a log.
type Progress struct {
	out      io.Writer
	live     bool // a terminal: redraw
	start    time.Time
	lastLog  time.Time
	mu       sync.Mutex
	planned  int64 // bytes of all steps known so far
	finished int64 // bytes of the steps before this one
	step     string
	size     int64 // bytes of this step
}

// NewProgress writes to f.
func NewProgress(f *os.File) *Progress {
	st, err := f.Stat()
	return &Progress{out: f, live: err == nil && st.Mode()&os.ModeCharDevice != 0, start: time.Now()}
}

// Plan announces work of so many bytes, for the estimate.
func (p *Progress) Plan(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.planned += bytes
}

// Step begins a part of the planned work; the one before it is done.
func (p *Progress) Step(name string, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endStep()
	p.step, p.size = name, size
	p.lastLog = time.Now()
	if !p.live {
		fmt.Fprintf(p.out, "  %s (%s)\n", name, megabytes(size))
	}
}

// Done ends the last step.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endStep()
}

func (p *Progress) endStep() {
	if p.step == "" {
		return
	}
	if p.live {
		fmt.Fprintf(p.out, "\r\033[K  %s (%s)\n", p.step, megabytes(p.size))
	}
	p.finished += p.size
	p.step = ""
}

// Show says how far the step is.
func (p *Progress) Show(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("  %s: %s of %s%s", p.step, megabytes(min(done, p.size)), megabytes(p.size), p.timeLeft(done))
	switch {
	case p.live:
		fmt.Fprintf(p.out, "\r\033[K%s", line)
	case time.Since(p.lastLog) >= 10*time.Second:
		p.lastLog = time.Now()
		fmt.Fprintln(p.out, line)
	}
}

// timeLeft is for all planned work, at the pace so far.
func (p *Progress) timeLeft(done int64) string {
	elapsed, all := time.Since(p.start), p.finished+done
	if elapsed < time.Second || all <= 0 || p.planned <= 0 {
		return ""
	}
	left := time.Duration(float64(elapsed) * float64(max(0, p.planned-all)) / float64(all))
	return fmt.Sprintf(", %s/s, about %s left", megabytes(int64(float64(all)/elapsed.Seconds())), left.Round(time.Second))
}

// watch shows the progress that measure reports until the returned function is called.
func (p *Progress) watch(measure func() int64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.Show(measure())
			}
		}
	}()
	return func() { close(done); <-ended }
}

func megabytes(n int64) string {
	if n < 10e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
