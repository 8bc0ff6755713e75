// Command peer measures this repository's tokenizer and Hugging Face's side by side, turn by turn in one run, on the same
// texts with both libraries' parallel batches, and checks that the ids agree.
//
//	go run ./datasets/tokenizer/peer -python PYTHON -tokenizer tokenizer.json.gz TEXT.txt.gz…
//
// PYTHON needs the package tokenizers. Each line of the files is one text; all files may be compressed. Processor seconds
// tell more than wall seconds where other programs run.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"madx/datasets/input"
	"madx/datasets/tokenizer"
)

func main() {
	python := flag.String("python", "python3", "interpreter that has the package tokenizers")
	file := flag.String("tokenizer", "", "tokenizer.json, may be compressed")
	rounds := flag.Int("rounds", 5, "measured rounds of each")
	perFile := flag.Int("texts", 2500, "texts of each file, from its beginning")
	flag.Parse()
	if *file == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*python, *file, flag.Args(), *rounds, *perFile); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(python, file string, paths []string, rounds, perFile int) error {
	texts, bytes, err := lines(paths, perFile)
	if err != nil {
		return err
	}
	plain, err := unpack(file)
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(plain))
	tok, err := tokenizer.LoadFile(plain)
	if err != nil {
		return err
	}
	hf, err := start(python, plain, texts)
	if err != nil {
		return err
	}
	defer hf.stop()

	first, err := hf.round("ids") // also warms its caches
	if err != nil {
		return err
	}
	ours := measure(tok, texts, true)
	var mine, theirs []result
	for range rounds {
		theirRound, err := hf.round("go")
		if err != nil {
			return err
		}
		mine, theirs = append(mine, measure(tok, texts, false)), append(theirs, theirRound)
	}
	fmt.Printf("%d texts, %.1f MB, %d tokens, %d processors, %d rounds in turn; tokenizers %s\n",
		len(texts), float64(bytes)/1e6, ours.Tokens, runtime.GOMAXPROCS(0), rounds, hf.version)
	a, b := report("madx EncodeBatch", mine, bytes), report("tokenizers encode_batch_fast", theirs, bytes)
	fmt.Printf("%-30s %6.1f× wall, %.1f× processor time\n", "ratio", b.Wall/a.Wall, b.CPU/a.CPU)
	if ours.Digest != first.Digest {
		return errors.New("the ids differ")
	}
	fmt.Println("ids: identical")
	return nil
}

// report prints the median round, and returns it.
func report(name string, rounds []result, bytes int) result {
	m := median(rounds)
	fmt.Printf("%-30s %8.0f thousand tokens/s, %6.1f MB/s, %.2f s wall, %.2f s processor\n",
		name, float64(m.Tokens)/m.Wall/1e3, float64(bytes)/m.Wall/1e6, m.Wall, m.CPU)
	return m
}

func lines(paths []string, perFile int) (texts []string, bytes int, err error) {
	for _, path := range paths {
		f, err := input.Open(path, input.Limits{})
		if err != nil {
			return nil, 0, err
		}
		scan := bufio.NewScanner(f)
		scan.Buffer(nil, 16<<20)
		for n := 0; n < perFile && scan.Scan(); n++ {
			texts = append(texts, strings.ToValidUTF8(scan.Text(), "\uFFFD"))
			bytes += len(scan.Bytes())
		}
		if err := errors.Join(scan.Err(), f.Close()); err != nil {
			return nil, 0, err
		}
	}
	return texts, bytes, nil
}

// unpack copies the tokenizer file, decompressed, into a temporary folder.
func unpack(path string) (string, error) {
	f, err := input.Open(path, input.Limits{})
	if err != nil {
		return "", err
	}
	defer f.Close()
	dir, err := os.MkdirTemp("", "peer")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "tokenizer.json")
	body, err := io.ReadAll(f)
	if err == nil {
		err = os.WriteFile(out, body, 0o600)
	}
	return out, err
}
