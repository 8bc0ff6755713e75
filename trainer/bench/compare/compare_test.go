package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/trainer/bench/figures"
)

// The test binary is also both programs of the comparison: fakeVariable says how fast it pretends to be.
const fakeVariable = "MADX_FAKE_BENCH"

func TestMain(m *testing.M) {
	if speed := os.Getenv(fakeVariable); speed != "" {
		fake(speed)
		return
	}
	os.Exit(m.Run())
}

// fake answers as the trainer does (bench …) or as the peer (…/peer.py …).
func fake(share string) {
	var utilisation float64
	if _, err := fmt.Sscan(share, &utilisation); err != nil {
		os.Exit(2)
	}
	line := strings.Join(os.Args[1:], " ")
	tokens := 100
	switch {
	case strings.Contains(line, "peer.py") && strings.Contains(line, "--mode best"):
		tokens = 50
	case strings.Contains(line, "peer.py"):
		fmt.Fprintln(os.Stderr, "the peer has no memory")
		os.Exit(3)
	case strings.Contains(line, "--help"):
		return
	case !strings.Contains(line, "--on-request"):
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
			"tokens_per_s": figures.Spread{Min: 1, Median: 2, Max: 3}, "peak_mib": 5, "profile": []figures.Part{{Name: "all", Seconds: 1}},
		})
		return
	}
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(figures.Run{Precision: "bfloat16", Versions: map[string]string{"madx": "fake"}})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		_ = out.Encode(figures.Window{Steps: 1, Tokens: tokens, Seconds: 1, FLOPs: utilisation, Yardstick: 1, PeakMiB: 7})
	}
}

func optionsFor(t *testing.T, docs string, args ...string) options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o, err := parse(append([]string{"-trainer", self, "-madx", self, "-python", self, "-docs", docs, "-seconds", "0", "-threads", "1"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func emptyPage(t *testing.T) string {
	docs := t.TempDir()
	page := "# By hand\n" + figures.Begin + "\n" + figures.End + "\n"
	if err := os.WriteFile(filepath.Join(docs, pageName), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	return docs
}

func TestWholeRun(t *testing.T) {
	t.Setenv(fakeVariable, "0.5")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	docs := emptyPage(t)
	if err := optionsFor(t, docs, "-shapes", "2x48", "-repeats", "2").all(ctx); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(docs, pageName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# By hand\n", "**2.0×** (2.0–2.0)", "the peer has no memory", "sorted by length too", "all     1000.0 ms 100.0%", "plots/seq.svg", "no encoder"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if _, err := os.Stat(filepath.Join(docs, "plots", "cores.svg")); err != nil {
		t.Error(err)
	}
	// Part of it again: the other figures stay.
	if err := optionsFor(t, docs, "-shapes", "3x48", "-works", "task", "-plots=false").all(ctx); err != nil {
		t.Fatal(err)
	}
	file, err := optionsFor(t, docs).read()
	if err != nil || len(file.Cases) != 5 || len(file.Series) != 6 {
		t.Fatalf("%d cases, %d series, %v", len(file.Cases), len(file.Series), err)
	}
	if r := file.Cases[0].Run(figures.Ours); r == nil || len(r.Windows) != 4 || r.PeakMiB() != 7 {
		t.Errorf("run %+v", r)
	}

	check := optionsFor(t, docs, "-check", "-shapes", "2x48")
	if err := check.compareWithCommitted(ctx); err != nil {
		t.Errorf("the same speed: %v", err)
	}
	t.Setenv(fakeVariable, "0.3")
	if err := check.compareWithCommitted(ctx); err == nil || !strings.Contains(err.Error(), "8 of 8") {
		t.Errorf("a slower program passes: %v", err)
	}
	if err := optionsFor(t, docs, "-check", "-shapes", "9x9").compareWithCommitted(ctx); err == nil {
		t.Error("nothing to compare with should be an error")
	}
}

func TestMissingProgramOrPage(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	o := optionsFor(t, emptyPage(t), "-shapes", "2x48", "-works", "mlm")
	o.trainer = filepath.Join(t.TempDir(), "absent")
	if err := o.all(ctx); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("an absent trainer: %v", err)
	}
	t.Setenv(fakeVariable, "0.5")
	docs := t.TempDir()
	if err := optionsFor(t, docs, "-shapes", "2x48", "-works", "mlm").all(ctx); err == nil || !strings.Contains(err.Error(), pageName) {
		t.Errorf("an absent page: %v", err)
	}
	if err := os.WriteFile(filepath.Join(docs, jsonName), []byte(`{"format": 99}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := optionsFor(t, docs).read(); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("figures of another format: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"-shapes", "12"}, {"-shapes", "0x384"}, {"-shapes", "12x384k"}, {"-works", "sleep"}, {"-batch", "0"}, {"-repeats", "0"}, {"what"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("parse(%v) should fail", args)
		}
	}
}

func TestTail(t *testing.T) {
	var told tail
	for i := range 1000 {
		_, _ = fmt.Fprintln(&told, i)
	}
	if s := told.String(); len(s) > 2000 || !strings.HasSuffix(s, "999\n") {
		t.Errorf("%d bytes, ends %q", len(s), s[max(0, len(s)-10):])
	}
}
