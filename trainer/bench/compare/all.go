package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"madx/trainer/bench/figures"
)

// all measures everything that was asked for and writes after every part, so that an interrupted run keeps what it has.
func (o options) all(ctx context.Context) error {
	began := time.Now()
	file, err := o.read()
	if err != nil {
		return err
	}
	o.say("load %.1f on %d cores; figures of a busy machine are of little use", figures.Load(), cores())
	for i, s := range o.shapes {
		for _, work := range o.worksOf(i) {
			o.say("%s, %s", work, s)
			c, err := o.measure(ctx, s, work, i == 0)
			if err != nil {
				return fmt.Errorf("%s: %w", figures.CaseName(work, s.String()), err)
			}
			file.Put(c)
			if err := o.write(file); err != nil {
				return err
			}
			if work == "mixed" {
				continue
			}
			parts, err := o.profile(ctx, s, work)
			if err != nil {
				return err
			}
			file.PutProfile(figures.Profile{Case: c.Name, Parts: parts})
		}
	}
	file.Startup = o.startup(ctx)
	if err := o.write(file); err != nil {
		return err
	}
	if o.plots {
		if err := o.levers(ctx, &file); err != nil {
			return err
		}
		if err := o.scale(ctx, &file); err != nil {
			return err
		}
	}
	o.say("done in %s: %s", time.Since(began).Round(time.Second), filepath.Join(o.docs, "benchmarks.md"))
	return nil
}

// profile asks for where the time goes.
func (o options) profile(ctx context.Context, s shape, work string) ([]figures.Part, error) {
	r, err := o.once(ctx, append(o.shape(s), "--work", work, "--repeats", "1", "--profile"))
	return r.Profile, err
}

// result is what of `madx-trainer bench --output json` is of use here.
type result struct {
	TokensPerS  figures.Spread `json:"tokens_per_s"`
	Utilisation figures.Spread `json:"utilisation"`
	PeakMiB     float64        `json:"peak_mib"`
	Profile     []figures.Part `json:"profile"`
}

// once runs this project's program by itself.
func (o options) once(ctx context.Context, args []string) (r result, err error) {
	argv := append([]string{"bench", "--output", "json", "--seconds", fmt.Sprint(o.seconds)}, args...)
	cmd := exec.CommandContext(ctx, o.trainer, argv...)
	var told tail
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s %v: %w: %s", o.trainer, argv, err, told.String())
	}
	return r, json.Unmarshal(out, &r)
}

const jsonName, pageName = "benchmarks.json", "benchmarks.md"

// read opens the figures so far; none is as good as some.
func (o options) read() (figures.File, error) {
	f := figures.File{Format: figures.Format}
	path := filepath.Join(o.docs, jsonName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	if f.Format != figures.Format {
		return f, fmt.Errorf("%s has format %d, this program writes %d: remove it", path, f.Format, figures.Format)
	}
	return f, nil
}

// write stores the figures, the page's generated part and the plots.
func (o options) write(f figures.File) error {
	data, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.docs, jsonName), append(data, '\n'), 0o644); err != nil {
		return err
	}
	path := filepath.Join(o.docs, pageName)
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := figures.Replace(string(page), f.Markdown())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	for _, s := range f.Series {
		plot := filepath.Join(o.docs, filepath.FromSlash(s.File))
		if err := os.MkdirAll(filepath.Dir(plot), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(plot, []byte(s.SVG()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
