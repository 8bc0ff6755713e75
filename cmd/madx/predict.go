package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"madx/trainer/predict"
	"madx/trainer/spec"
)

func (f *stackFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.lang, "lang", "l", "", "language of the text, such as sw")
	flags.StringVar(&f.sweep, "sweep", "", "take the adapters of this sweep (default: those with the best test score)")
	flags.StringVar(&f.from, "from", "", "folder with adapters, such as `madx report --adapters` writes: needs no store")
	flags.StringVar(&f.model, "model", "", "folder of the base model (default with --from: the imported model that the adapters name)")
	flags.StringVar(&f.language, "language-adapter", "", "with --model: folder of the language adapter")
	flags.StringVar(&f.device, "device", "cpu", "cpu or cuda:N")
	flags.IntVar(&f.threads, "threads", 0, "threads; 0 means all cores")
}

func (a *app) predictCommand() *cobra.Command {
	var f stackFlags
	var q predict.Query
	cmd := &cobra.Command{
		Use:   "predict --task TASK --lang LANG [TEXT...]",
		Short: "Predict with the task and language adapters of a sweep",
		Long: `Loads the base model with the language's adapter below the task's and predicts. Without TEXT it reads standard input: plain
lines of text for ner, or JSON lines for any task; JSON in gives JSON out. TASK is a task of a sweep, or ner, ccr, qa.
` + exitStatusHelp,
		Example: `  madx predict --task ner --lang sw "Amina anaishi Nairobi na anafanya kazi Benki ya Dunia."
  madx predict --task qa --lang de --context "Rom liegt am Tiber." "Woran liegt Rom?"
  madx predict --task ccr --lang qu --premise "…" --question effect --choice "…" --choice "…"
  madx predict --task ner --lang sw -o json < sentences.txt
  madx predict --task ner --lang sw --from demo-report/adapters "…"      # no store, no server`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.task == "" {
				return usageError{errors.New("--task is missing: name a task of a sweep, or ner, ccr, qa")}
			}
			return a.predictAll(cmd.Context(), f, queries(f.task, q, args), cmd.InOrStdin())
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVarP(&f.task, "task", "t", "", "what to predict: a task of a sweep, or ner, ccr, qa")
	cmd.Flags().StringVar(&f.adapter, "task-adapter", "", "with --model: folder of the task adapter")
	cmd.Flags().StringVar(&q.Context, "context", "", "qa: the text that holds the answer; TEXT is the question")
	cmd.Flags().StringVar(&q.Premise, "premise", "", "ccr: what happened")
	cmd.Flags().StringVar(&q.Question, "question", "cause", "ccr: cause, effect or a question")
	cmd.Flags().StringArrayVar(&q.Choices, "choice", nil, "ccr: one of the choices; give each by itself")
	a.completeStack(cmd)
	return cmd
}

func (a *app) fillMaskCommand() *cobra.Command {
	f := stackFlags{task: string(predict.FillMask)}
	cmd := &cobra.Command{
		Use:   "fill-mask --lang LANG [TEXT...]",
		Short: "Guess masked words with a language adapter and without: what it has learned",
		Long: `Prints the likeliest words at each <mask>, with the language's adapter and without any. Without TEXT it reads lines from
standard input.
` + exitStatusHelp,
		Example: "  madx fill-mask --lang sw \"Nairobi ni mji mkuu wa <mask>.\"\n  madx fill-mask --lang sw --from demo-report/adapters \"… <mask> …\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.predictAll(cmd.Context(), f, queries(f.task, predict.Query{}, args), cmd.InOrStdin())
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().IntVar(&f.top, "top", 5, "words per mask")
	cmd.Flags().StringVar(&f.head, "mlm-head", "", "with --model: folder of the masked-LM head of a base without one")
	a.completeStack(cmd)
	return cmd
}

// queries makes a query of each argument; none means that standard input has them.
func queries(task string, q predict.Query, texts []string) []predict.Query {
	var out []predict.Query
	if q.Premise != "" {
		out = append(out, q)
	}
	if q.Context != "" && len(texts) == 0 {
		out = append(out, predict.Query{Context: q.Context})
	}
	for _, text := range texts {
		if q.Context != "" || task == string(spec.TaskQA) {
			out = append(out, predict.Query{Question: text, Context: q.Context})
		} else {
			out = append(out, predict.Query{Text: text})
		}
	}
	return out
}

// whole refuses queries of the command line that lack a flag, before a model is loaded.
func whole(task spec.Task, given []predict.Query) error {
	for _, q := range given {
		switch {
		case task == spec.TaskQA && q.Context == "":
			return errors.New("--context is missing: name the text that holds the answer; TEXT is the question")
		case task == spec.TaskQA && q.Question == "":
			return errors.New("the question is missing: give it as TEXT")
		case task == spec.TaskCCR && (q.Premise == "" || len(q.Choices) < 2):
			return errors.New("--premise or a --choice is missing: give --premise, and --choice for each choice")
		}
	}
	return nil
}

// command is the one that the flags belong to.
func (f stackFlags) command() string {
	if f.task == string(predict.FillMask) {
		return "fill-mask"
	}
	return "predict"
}

// predictAll answers the queries given, or each line of in.
func (a *app) predictAll(ctx context.Context, f stackFlags, given []predict.Query, in io.Reader) error {
	if len(given) == 0 && isTerminal(in) {
		return usageError{errors.New("nothing to predict: give a TEXT, or lines on standard input")}
	}
	s, about, err := a.resolve(ctx, f)
	if err != nil {
		return err
	}
	if err := whole(s.Task, given); err != nil {
		return usageError{err}
	}
	p, err := startPredictor(ctx, s)
	if err != nil {
		return err
	}
	defer p.close()
	if !a.quiet {
		fmt.Fprintf(a.err, "With %s.\n", about)
	}
	asked, wrong := 0, 0
	one := func(query []byte, asJSON bool) error {
		answer, err := p.ask(query)
		if err != nil {
			return err
		}
		asked++
		if answer.Error != "" {
			wrong++
		}
		if asJSON || a.output == "json" {
			return json.NewEncoder(a.out).Encode(answer)
		}
		if answer.Error != "" {
			fmt.Fprintf(a.err, "madx: query %d: %s\n", asked, answer.Error)
			return nil
		}
		a.printAnswer(answer)
		return nil
	}
	for _, q := range given {
		body, err := json.Marshal(q)
		if err != nil {
			return err
		}
		if err := one(body, false); err != nil {
			return err
		}
	}
	if len(given) == 0 {
		if err := eachLine(in, one); err != nil {
			return err
		}
	}
	switch {
	case asked == 0:
		return usageError{errors.New("nothing to predict: standard input has no line: give a TEXT, or lines")}
	case wrong > 0:
		return usageError{fmt.Errorf("%d of %d queries could not be answered: see `madx %s --help` for what they look like", wrong, asked, f.command())}
	}
	return nil
}

// eachLine hands every line on as a query: JSON as it is, anything else as a text.
func eachLine(in io.Reader, one func(query []byte, asJSON bool) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		asJSON := strings.HasPrefix(text, "{")
		body := []byte(text)
		if !asJSON {
			var err error
			if body, err = json.Marshal(predict.Query{Text: text}); err != nil {
				return err
			}
		}
		if err := one(body, asJSON); err != nil {
			return err
		}
	}
	return lines.Err()
}

// printAnswer prints an answer for people.
func (a *app) printAnswer(x predict.Answer) {
	switch {
	case x.Answer != nil:
		fmt.Fprintln(a.out, strings.TrimSpace(x.Answer.Text)) // a piece of a word's beginning has the space before it
	case x.Choice != nil:
		fmt.Fprintf(a.out, "%d: %s (%.0f%%)\n", *x.Choice+1, x.Text, 100*x.Scores[*x.Choice])
	case x.Masks != nil:
		for i, m := range x.Masks {
			a.printMask(x.Text, i, m)
		}
	case len(x.Tags) > 0:
		a.printEntities(x)
	default:
		fmt.Fprintln(a.out, "–")
	}
}

// printEntities marks them in the text.
func (a *app) printEntities(x predict.Answer) {
	text := []rune(x.Text)
	if len(text) == 0 {
		text = []rune(strings.Join(x.Words, " "))
	}
	at := 0
	for _, e := range x.Entities {
		fmt.Fprintf(a.out, "%s%s", string(text[at:e.Start]), a.colour(bold, "["+e.Text+" "+e.Label+fmt.Sprintf(" %.0f%%]", 100*e.Score)))
		at = e.End
	}
	fmt.Fprintln(a.out, string(text[at:]))
}

func (a *app) printMask(text string, i int, m predict.Mask) {
	fmt.Fprintf(a.out, "%s   (mask %d)\n", text, i+1)
	fmt.Fprintf(a.out, "  %-28s %s\n", "with the adapter", "without")
	for k := range max(len(m.With), len(m.Without)) {
		fmt.Fprintf(a.out, "  %-28s %s\n", guess(m.With, k), guess(m.Without, k))
	}
}

// guess prints one piece; "·" in front tells that it goes on the word before.
func guess(all []predict.Guess, k int) string {
	if k >= len(all) {
		return ""
	}
	piece, begins := strings.CutPrefix(all[k].Piece, " ")
	if !begins {
		piece = "·" + piece
	}
	return fmt.Sprintf("%5.1f%%  %s", 100*all[k].Score, piece)
}

// bold is an ANSI style.
const bold = "\x1b[1m"

// colour styles text on a terminal, unless NO_COLOR is set.
func (a *app) colour(style, text string) string {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !isTerminal(a.out) {
		return text
	}
	return style + text + "\x1b[0m"
}
