package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"madx/trainer/bench/figures"
)

var tinyBench = []string{"bench", "--layers", "1", "--hidden", "32", "--vocab", "50", "--batch", "2", "--seq", "8", "--threads", "1", "--seconds", "0"}

func TestBenchPrints(t *testing.T) {
	var out, told bytes.Buffer
	if code := execute(append(tinyBench[:len(tinyBench):len(tinyBench)], "--repeats", "1", "--profile"), &out, &told); code != 0 {
		t.Fatalf("status %d: %s", code, told.String())
	}
	for _, want := range []string{"1×32, 50 words, random weights", "tokens/s", "of the yardstick", "MiB resident", "16 × 32 × 128", "optimiser"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

func TestBenchJSON(t *testing.T) {
	var out, told bytes.Buffer
	args := append(tinyBench[:len(tinyBench):len(tinyBench)], "--work", "inference", "--lengths", "3,5,2", "--repeats", "2", "--output", "json")
	if code := execute(args, &out, &told); code != 0 {
		t.Fatalf("status %d: %s", code, told.String())
	}
	var r benchResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if len(r.Run.Windows) != 2 || r.Run.Windows[0].Tokens != 10 || r.TokensPerS.Median <= 0 || r.Run.Precision != "bfloat16" || len(r.Yardstick) != 8 || r.Texts != 3 {
		t.Errorf("%+v", r)
	}
}

func TestBenchOnRequest(t *testing.T) {
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append(tinyBench[:len(tinyBench):len(tinyBench)], "--on-request", "--work", "task"))
	root.SetIn(strings.NewReader("{\"steps\":2}\n{\"seconds\":0}\n"))
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&out)
	var run figures.Run
	if err := d.Decode(&run); err != nil || run.Trained == 0 || run.Versions["madx"] == "" {
		t.Errorf("%+v, %v", run, err)
	}
	for _, steps := range []int{2, 1} {
		var w figures.Window
		if err := d.Decode(&w); err != nil || w.Steps != steps || w.Tokens != 16*steps {
			t.Errorf("window %+v, %v", w, err)
		}
	}
	if d.More() {
		t.Error("more answers than requests")
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--output", "xml"}, 64, "xml"},
		{[]string{"--repeats", "0"}, 64, "repeats"},
		{[]string{"--work", "sleep"}, 64, "sleep"},
		{[]string{"--lengths", "3,x"}, 64, "--lengths"},
		{[]string{"--lengths", "3"}, 64, "inference only"},
		{[]string{"--device", "gpu"}, 64, "gpu"},
		{[]string{"--family", "t5"}, 64, "t5"},
		{[]string{"--layers", "0"}, 64, "--layers"},
		{[]string{"--model", "/nowhere/at/all"}, 65, "/nowhere/at/all"},
		{[]string{"--seq", "5000"}, 65, "512"},
	} {
		var out, told bytes.Buffer
		if code := execute(append(tinyBench[:len(tinyBench):len(tinyBench)], c.args...), &out, &told); code != c.code || !strings.Contains(told.String(), c.says) {
			t.Errorf("%v: status %d, %s", c.args, code, told.String())
		}
	}
}
