package integration

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"madx/infra/integration/fixture"
)

// documentedPages are read in this order: later commands use what earlier ones made, as for a reader.
var documentedPages = []string{"docs/quick-start.md", "docs/recipes.md", "docs/operations.md", "docs/seeing.md", "docs/concepts.md", "README.md"}

// onlyParsed are the commands of the pages that are not run here, with the reason; that they and their flags exist is
// tested beside the command line. A command that is not listed is run. "…" at the end stands for any words.
var onlyParsed = map[string]string{
	"madx dev":              "runs until Ctrl-C: the stack of this test is one",
	"madx ui…":              "runs until Ctrl-C: tested in the browser",
	"madx worker…":          "runs until Ctrl-C: the worker of this test is one",
	"madx promote…":         "needs workers of two versions: another test has them",
	"madx models bench…":    "measures for a minute",
	"madx sweep init":       "asks on a terminal; with flags it is run",
	"madx sweep retry NAME": "needs a sweep with failures: another test has one",
	`madx logs NAME "language sw" --trainer -f`: "goes on until Ctrl-C",
	"madx adapters compare…":                    "names adapters by digests: another test compares",
	"madx predict":                              "the command's name",
	"madx sweep start":                          "the command's name",
	"madx sweep status":                         "the command's name",
	"madx COMMAND --help":                       "stands for any command",
}

// stands says what the pages' placeholders and long trainings are here.
var stands = strings.NewReplacer("NAME", "demo", "FILE", "sweep.yaml", "DIR", "model", "/models/xlm-roberta-base", "model", "steps=2000", "steps=3",
	"steps=20000", "steps=3")

var (
	shellWord = regexp.MustCompile(`"([^"]*)"|(\S+)`)
	span      = regexp.MustCompile("`([^`\n]+)`")
)

// documented returns the madx commands of a page, in order: lines of code blocks, and code spans.
func documented(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixture.Root(t), page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	block := false
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "```") {
			block = !block
			continue
		}
		found := []string{line}
		if !block {
			found = nil
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				found = append(found, m[1])
			}
		}
		for _, c := range found {
			c, _, _ = strings.Cut(c, "  #")
			c = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(c), "$ "), "bin/")
			if strings.HasPrefix(c, "madx ") {
				out = append(out, strings.TrimSpace(c))
			}
		}
	}
	return out
}

// onlyParsedBy returns the entry that a command is listed under.
func onlyParsedBy(command string) string {
	for entry := range onlyParsed {
		begins, open := strings.CutSuffix(entry, "…")
		if command == entry || open && (command == begins || strings.HasPrefix(command, begins+" ")) {
			return entry
		}
	}
	return ""
}

// What the pages tell people to type works: run in order on a small sweep, from the pages' own text.
func TestDocumentedCommandsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole stack: left out by -short")
	}
	s := start(t)
	s.startWorker()
	file := writeSweep(t, s.dir)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mirror := string(regexp.MustCompile(`http://[^}]*`).Find(text))
	text = bytes.ReplaceAll(text, []byte("name: tiny"), []byte("name: demo"))
	text = bytes.ReplaceAll(text, []byte("steps: 300"), []byte("steps: 3"))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	fixture.NER(t, filepath.Join(s.dir, "en.iob2"), "en.train", 24)
	fixture.NER(t, filepath.Join(s.dir, "sw.iob2"), "sw.test", 8)
	s.run("sweep", "start", file, "--watch")

	listed, ran := map[string]bool{}, 0
	for _, page := range documentedPages {
		for _, c := range documented(t, page) {
			if entry := onlyParsedBy(c); entry != "" {
				listed[entry] = true
				continue
			}
			s.runLine(page, c)
			ran++
			if strings.HasPrefix(c, "madx sweep init ") {
				small(t, filepath.Join(s.dir, "first.yaml"), mirror)
			}
		}
	}
	if ran < 25 {
		t.Errorf("only %d commands were run: does this test still read the pages?", ran)
	}
	for entry, why := range onlyParsed {
		if !listed[entry] {
			t.Errorf("no page has %q any more (%s): take it off the list", entry, why)
		}
	}
}

// runLine runs a command of a page in the folder that its files lie in.
func (s *stack) runLine(page, line string) {
	s.t.Helper()
	var args []string
	for _, m := range shellWord.FindAllStringSubmatch(stands.Replace(line), -1) {
		args = append(args, m[1]+m[2])
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	prepared := s.command(args[1:]...)
	prepared.Dir = s.dir
	var out bytes.Buffer
	prepared.Stdout, prepared.Stderr = &out, &out
	began := time.Now()
	if err := prepared.Start(); err != nil {
		s.t.Fatal(err)
	}
	defer context.AfterFunc(ctx, func() { _ = prepared.Process.Kill() })()
	if err := prepared.Wait(); err != nil {
		s.t.Errorf("%s: %s: %v\n%s", page, line, err, out.Bytes())
	}
	s.t.Logf("%5.1fs  %s: %s", time.Since(began).Seconds(), page, line)
}

// small makes the file that `madx sweep init` wrote one for the wikis, the model and the patience of a test.
func small(t *testing.T, file, mirror string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"https://dumps.wikimedia.org", mirror}, {"source: en", "source: de"}, {"seq_len: 256", "seq_len: 32"},
		{"epochs: 100", "seq_len: 60\n    epochs: 1"}, {"batch: 64", "batch: 4"}, {"seed: 42", "seed: 42\nmlm_head: {steps: 3, batch: 4}"}} {
		if !bytes.Contains(text, []byte(change[0])) {
			t.Fatalf("%s has no %q:\n%s", file, change[0], text)
		}
		text = bytes.ReplaceAll(text, []byte(change[0]), []byte(change[1]))
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
