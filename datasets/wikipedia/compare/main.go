// Command compare runs this project's Wikipedia extraction beside wikiextractor and gensim's segment_wiki on the same real
// dump and prints, as a table, how fast each is, what it takes, and what text it leaves. It needs python3 and the Python
// package registry, puts both into the user's cache, and must not be imported.
//
//	go run ./datasets/wikipedia/compare [-repeat 10] [-runs 3]
//
// The programs run by turns, so that what else the machine does meets all of them. Where the real dumps of many languages
// lie beside the repository it also says what markup is left in each language's text.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"madx/datasets/wikipedia"
	"madx/datasets/wikipedia/bzip2"
	"madx/datasets/wikipedia/debris"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	repeat := flag.Int("repeat", 10, "how many times the dump's pages (6 MB of XML) are repeated, so that start-up does not count")
	runs := flag.Int("runs", 3, "how often each program runs")
	shared := flag.String("shared", cmp.Or(os.Getenv("MADX_SHARED"), filepath.Join("..", "shared")), "folder with data/wikidump")
	workers := flag.Int("workers", runtime.NumCPU(), "processes or goroutines each program uses")
	task := flag.String("task", "", "used by compare itself, which runs what it measures as processes of their own")
	flag.Parse()
	err := func() error {
		if *task != "" {
			return runTask(ctx, *task, flag.Arg(0), *workers)
		}
		if err := compare(ctx, max(*repeat, 1), max(*runs, 1), *workers); err != nil {
			return err
		}
		return languages(ctx, os.Stdout, filepath.Join(*shared, "data", "wikidump"))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// runTask does this project's part on a dump and prints the outcome as JSON.
func runTask(ctx context.Context, task, path string, workers int) error {
	var out outcome
	switch task {
	case "extract", "convert":
		keep := func(wikipedia.Article) error { return nil }
		if task == "extract" { // the peers write JSON too
			texts, err := os.Create(filepath.Join(filepath.Dir(path), "madx.json"))
			if err != nil {
				return err
			}
			defer texts.Close()
			write := json.NewEncoder(texts)
			write.SetEscapeHTML(false) // as they do
			keep = func(a wikipedia.Article) error { return write.Encode(a) }
		}
		stats, err := wikipedia.Extract(ctx, []string{path}, wikipedia.ExtractOptions{Lang: "en", Workers: workers}, keep)
		if err != nil {
			return err
		}
		out.XMLBytes = stats.XMLBytes
	case "unzip":
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		r := bzip2.NewReader(ctx, f, info.Size(), workers)
		defer r.Close()
		if out.XMLBytes, err = io.Copy(io.Discard, r); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no task %q", task)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// outcome is what a task tells.
type outcome struct {
	XMLBytes int64 `json:"xml_bytes"`
}

// kept is the text that a program wrote, of all repetitions.
type kept struct {
	articles, bytes int
	debris          debris.Count
}

func (k *kept) add(text string) {
	if text == "" {
		return
	}
	k.articles++
	k.bytes += len(text)
	k.debris.Add(text)
}
