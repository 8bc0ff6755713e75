// Command peer measures this repository's tokenizer and Hugging Face's side by side, turn by turn in one run, on the same
// texts with both libraries' parallel batches, and checks that the ids agree. `make bench-tokenizer` runs it; it installs
// the other library into the user's cache, once, and must not be imported.
//
//	go run ./datasets/tokenizer/peer [-rounds 7]
//
// Each round loads both tokenizers anew and passes over all texts twice: cold, as a corpus is that has not been seen,
// and warm, with each side's caches full of these very texts. Processor seconds tell more than wall seconds where other
// programs run.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"madx/infra/pypeer"
)

func main() {
	rounds := flag.Int("rounds", 7, "measured rounds of each")
	perFile := flag.Int("texts", 4000, "texts of each file of sentences, from its beginning")
	shared := flag.String("shared", cmp.Or(os.Getenv("MADX_SHARED"), filepath.Join("..", "shared")), "folder with data/rawtext and data/tokenizers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *shared, max(*rounds, 1), *perFile); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, shared string, rounds, perFile int) error {
	python, err := pypeer.Interpreter(ctx, "tokenizers", "tokenizers==0.23.3")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "madx-peer-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := find(ctx, shared, dir, perFile)
	if err != nil {
		return err
	}
	us := &ours{file: s.file, texts: s.texts}
	them, err := start(ctx, python, s.file, s.texts)
	if err != nil {
		return err
	}
	defer them.stop()

	theirs, err := them.do("digest")
	if err == nil {
		err = us.load()
	}
	if err != nil {
		return err
	}
	same := us.digest() == theirs.Digest
	fmt.Printf("%s: %d texts, %.1f MB, %d tokens; %d processors; tokenizers %s\n",
		s.name, len(s.texts), float64(s.bytes)/1e6, theirs.Tokens, runtime.GOMAXPROCS(0), them.version)
	var cold, warm []pair
	for n := range rounds {
		c, w, err := round(n, us, them)
		if err != nil {
			return err
		}
		cold, warm = append(cold, c), append(warm, w)
	}
	fmt.Printf("%-32s %26s   %20s\n%-32s %8s %8s %8s   %6s %6s %6s\n", fmt.Sprintf("%d rounds by turns", rounds), "thousand tokens/s", "processor seconds",
		"", "low", "middle", "high", "low", "middle", "high")
	report(os.Stdout, "cold (freshly loaded)", cold)
	report(os.Stdout, "warm (the same texts again)", warm)
	if !same {
		return errors.New("the ids differ")
	}
	fmt.Println("ids: identical")
	return nil
}
