package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"madx/infra/pypeer"
)

// program is one way to read the dump.
type program struct {
	name string
	args []string
	text string // glob of the JSON lines it writes, in the work folder; "" for none
	runs []measured
}

const (
	ourName     = "madx"
	peerName    = "wikiextractor"
	convertName = "madx, text not written"
	unzipName   = "madx, bzip2 only"
)

func compare(ctx context.Context, repeat, runs, workers int) error {
	python, err := pypeer.Interpreter(ctx, "wikipedia", packages...)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "madx-compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := dump(ctx, python, dir, repeat)
	if err != nil {
		return err
	}
	n := strconv.Itoa(workers)
	programs := []*program{
		{name: ourName, args: []string{self, "-task", "extract", "-workers", n, path}, text: "madx.json"},
		{name: peerName, args: []string{python, "-c", wikiextractorMain, "--json", "--no-templates", "-q", "--processes", n,
			"-o", filepath.Join(dir, "we"), path}, text: "we/*/wiki_*"},
		{name: "segment_wiki", args: []string{python, "-m", "gensim.scripts.segment_wiki", "-f", path, "-o", filepath.Join(dir, "seg.gz"), "-w", n}, text: "seg.gz"},
		{name: convertName, args: []string{self, "-task", "convert", "-workers", n, path}},
		{name: unzipName, args: []string{self, "-task", "unzip", "-workers", n, path}},
	}
	if bzip2, err := exec.LookPath("bzip2"); err == nil {
		programs = append(programs, &program{name: "bzip2 (one core)", args: []string{bzip2, "-dc", path}})
	}
	for i := range runs {
		for k := range programs { // one way, then the other
			p := programs[k]
			if i%2 == 1 {
				p = programs[len(programs)-1-k]
			}
			if err := p.measure(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	size := programs[0].runs[0].out.XMLBytes
	if err := table(os.Stdout, programs, dir, size, repeat); err != nil {
		return err
	}
	fmt.Printf("\n%.1f MB of XML (%d × 206 pages), %d workers, %d runs by turns; articles and text of one repetition; peak of the largest process\n\n",
		float64(size)/1e6, repeat, workers, runs)
	ratios(os.Stdout, programs)
	return nil
}

// measured is one run.
type measured struct {
	wall, cpu time.Duration
	peakMB    float64
	out       outcome
}

func (p *program) measure(ctx context.Context) error {
	c := exec.CommandContext(ctx, p.args[0], p.args[1:]...)
	var messages, told strings.Builder
	c.Stderr = &messages
	c.Stdout = &told
	if p.args[0] != os.Args[0] { // what a peer prints, such as the decompressed dump, nobody wants
		c.Stdout = &firstBytes{w: &told, n: 4096}
	}
	start := time.Now()
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, messages.String())
	}
	m := measured{wall: time.Since(start), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peakMB = float64(r.Maxrss) / 1e3
	}
	_ = json.Unmarshal([]byte(told.String()), &m.out) // the peers tell nothing
	p.runs = append(p.runs, m)
	return nil
}

// firstBytes keeps the first n bytes written to it.
type firstBytes struct {
	w io.Writer
	n int
}

func (f *firstBytes) Write(b []byte) (int, error) {
	k := min(f.n, len(b))
	f.n -= k
	_, err := f.w.Write(b[:k])
	return len(b), err
}
