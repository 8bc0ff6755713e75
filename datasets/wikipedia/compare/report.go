package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// The ratios to reach: to the faster peer, and to decompression alone.
const (
	wantRatio = 5
	wantUnzip = 0.8
)

// seconds are the sorted seconds of a program's runs.
func (p *program) seconds(get func(measured) float64) []float64 {
	var all []float64
	for _, m := range p.runs {
		all = append(all, get(m))
	}
	slices.Sort(all)
	return all
}

func wallSeconds(m measured) float64 { return m.wall.Seconds() }
func cpuSeconds(m measured) float64  { return m.cpu.Seconds() }

// middle is the median of sorted numbers.
func middle(sorted []float64) float64 { return sorted[len(sorted)/2] }

func table(out io.Writer, programs []*program, dir string, size int64, repeat int) error {
	fmt.Fprintf(out, "| program | seconds, low/middle/high | XML MB/s | CPU seconds | peak MB | articles | text MB | lines with markup | lines with any of [[]]{{}}\\|=<> |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range programs {
		wall := p.seconds(wallSeconds)
		peak := slices.Max(p.seconds(func(m measured) float64 { return m.peakMB }))
		fmt.Fprintf(out, "| %s | %.2f / %.2f / %.2f | %.1f | %.2f | %.0f |", p.name, wall[0], middle(wall), wall[len(wall)-1],
			float64(size)/1e6/middle(wall), middle(p.seconds(cpuSeconds)), peak)
		if p.text == "" {
			fmt.Fprintln(out, " | | | |")
			continue
		}
		k, err := readTexts(filepath.Join(dir, p.text))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(out, " %d | %.2f | %.3f%% | %.3f%% |\n", k.articles/repeat, float64(k.bytes)/1e6/float64(repeat),
			k.debris.Percent(k.debris.Markup), k.debris.Percent(k.debris.Signs))
	}
	return nil
}

// ratios prints how this project's middle run compares.
func ratios(out io.Writer, programs []*program) {
	find := func(name string) *program {
		return programs[slices.IndexFunc(programs, func(p *program) bool { return p.name == name })]
	}
	us, them, convert, unzip := find(ourName), find(peerName), find(convertName), find(unzipName)
	verdict := func(reached bool) string {
		if reached {
			return "reached"
		}
		return "NOT reached"
	}
	speed := middle(them.seconds(wallSeconds)) / middle(us.seconds(wallSeconds))
	fmt.Fprintf(out, "madx is %.1f× %s by wall time, %.1f× by CPU seconds; at least %d×: %s\n", speed, peerName,
		middle(them.seconds(cpuSeconds))/middle(us.seconds(cpuSeconds)), wantRatio, verdict(speed >= wantRatio))
	rate := middle(unzip.seconds(wallSeconds)) / middle(convert.seconds(wallSeconds))
	fmt.Fprintf(out, "madx has %.0f%% of the rate of bare parallel decompression, %.0f%% by CPU seconds; at least %.0f%%: %s\n", 100*rate,
		100*middle(unzip.seconds(cpuSeconds))/middle(convert.seconds(cpuSeconds)), 100*wantUnzip, verdict(rate >= wantUnzip))
}
