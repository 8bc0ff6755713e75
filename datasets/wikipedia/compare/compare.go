package main

import (
	"bufio"
	"compress/gzip"
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
)

// program is one way to read the dump.
type program struct {
	name string
	args []string
	text string // glob of the JSON lines it writes, in the work folder; "" for none
}

func compare(ctx context.Context, repeat, runs, workers int) error {
	python, err := python(ctx)
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
	programs := []program{
		{"madx", []string{self, "-task", "extract", "-workers", n, path}, "madx.json"},
		{"wikiextractor", []string{python, "-c", wikiextractorMain, "--json", "--no-templates", "-q", "--processes", n,
			"-o", filepath.Join(dir, "we"), path}, "we/*/wiki_*"},
		{"segment_wiki", []string{python, "-m", "gensim.scripts.segment_wiki", "-f", path, "-o", filepath.Join(dir, "seg.gz"), "-w", n}, "seg.gz"},
		{"madx, bzip2 only", []string{self, "-task", "unzip", "-workers", n, path}, ""},
	}
	if bzip2, err := exec.LookPath("bzip2"); err == nil {
		programs = append(programs, program{"bzip2 (one core)", []string{bzip2, "-dc", path}, ""})
	}
	size := int64(0)
	fmt.Printf("| program | seconds | XML MB/s | CPU seconds | peak MB | articles | text MB | lines with markup | lines with any of [[]]{{}}\\|=<> |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range programs {
		m, err := p.measure(ctx, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if m.out.XMLBytes > 0 && size == 0 {
			size = m.out.XMLBytes
		}
		fmt.Printf("| %s | %.2f | %.1f | %.2f | %.0f |", p.name, m.wall.Seconds(), float64(size)/1e6/m.wall.Seconds(), m.cpu.Seconds(), m.peakMB)
		if p.text == "" {
			fmt.Println(" | | | |")
			continue
		}
		k, err := readTexts(filepath.Join(dir, p.text))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf(" %d | %.2f | %.3f%% | %.3f%% |\n", k.articles/repeat, float64(k.bytes)/1e6/float64(repeat),
			k.debris.Percent(k.debris.Markup), k.debris.Percent(k.debris.Signs))
	}
	fmt.Printf("\n%.1f MB of XML (%d × 206 pages), %d workers, best of %d runs; articles and text of one repetition; peak of the largest process\n",
		float64(size)/1e6, repeat, workers, runs)
	return nil
}

// measured is the fastest run.
type measured struct {
	wall, cpu time.Duration
	peakMB    float64
	out       outcome
}

func (p program) measure(ctx context.Context, runs int) (best measured, err error) {
	for i := range runs {
		c := exec.CommandContext(ctx, p.args[0], p.args[1:]...)
		var messages, told strings.Builder
		c.Stderr = &messages
		c.Stdout = &told
		if p.text == "" && p.args[0] != os.Args[0] { // the decompressed dump itself, which nobody wants
			c.Stdout = &firstBytes{w: &told, n: 4096}
		}
		start := time.Now()
		if err := c.Run(); err != nil {
			return best, fmt.Errorf("%w: %s", err, messages.String())
		}
		m := measured{wall: time.Since(start), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
		if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
			m.peakMB = float64(r.Maxrss) / 1e3
		}
		_ = json.Unmarshal([]byte(told.String()), &m.out) // the peers tell nothing
		if i == 0 || m.wall < best.wall {
			best = m
		}
	}
	return best, nil
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

// readTexts reads the articles a program wrote: one JSON object a line, gzipped by name, the text under "Text", "text" or
// in "section_texts".
func readTexts(glob string) (k kept, err error) {
	paths, err := filepath.Glob(glob)
	if err != nil {
		return k, err
	}
	for _, path := range paths {
		if err := k.read(path); err != nil {
			return k, fmt.Errorf("read %s: %w", path, err)
		}
	}
	if k.articles == 0 {
		return k, fmt.Errorf("no articles in %s", glob)
	}
	return k, nil
}

func (k *kept) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return err
		}
	}
	for d := json.NewDecoder(r); ; {
		var a struct {
			Text     string   `json:"text"` // matches "Text" too
			Sections []string `json:"section_texts"`
		}
		if err := d.Decode(&a); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		k.add(a.Text + strings.Join(a.Sections, "\n"))
	}
}
