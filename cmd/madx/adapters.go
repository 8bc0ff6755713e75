package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/shelf"
	"madx/cmd/madx/internal/show"
	"madx/infra/objectstore"
)

func (a *app) adaptersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "adapters", Short: "List, show, pull, push, compare, verify and prune adapters",
		Long: `Adapters have names such as language/sw, task/ner and mlm-head. Where several share a name, add a digest as the list
prints it: language/sw@4634b4f1.
` + exitStatusHelp}
	cmd.AddCommand(a.adaptersListCommand(), a.adaptersShowCommand(), a.adaptersLineageCommand(), a.adaptersPullCommand(),
		a.adaptersPushCommand(), a.adaptersCompareCommand(), a.adaptersVerifyCommand(), a.adaptersPruneCommand())
	for _, c := range cmd.Commands() {
		if strings.Contains(c.Use, "ADAPTER") {
			c.ValidArgsFunction = a.completeShelf(strings.Count(c.Use, "ADAPTER"), adapterIDs)
		}
	}
	return cmd
}

// adapterIDs are names where they are enough, else names with digests.
func adapterIDs(s *shelf.Shelf) []string {
	count := map[string]int{}
	for _, x := range s.Adapters {
		count[x.Name]++
	}
	var out []string
	for _, x := range s.Adapters {
		if count[x.Name] == 1 {
			out = append(out, x.Name)
		} else {
			out = append(out, x.ID())
		}
	}
	return out
}

// shelved makes a command's body out of a function that needs the adapters in the store.
func (a *app) shelved(f func(ctx context.Context, s *shelf.Shelf, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		store, err := a.openStore(cmd.Context())
		if err != nil {
			return err
		}
		s, err := shelf.Open(cmd.Context(), store)
		if err != nil {
			return unreachable{err}
		}
		return f(cmd.Context(), s, args)
	}
}

func (a *app) adaptersListCommand() *cobra.Command {
	var kind, lang, sweep string
	cmd := &cobra.Command{Use: "list", Short: "List the adapters in the store", Args: cobra.NoArgs,
		Long:    "Lists finished adapters, whatever sweep made them, with the sweeps that use them.\n" + exitStatusHelp,
		Example: "  madx adapters list --kind language\n  madx adapters list --lang sw -o json",
		RunE: a.shelved(func(_ context.Context, s *shelf.Shelf, _ []string) error {
			if kind != "" && !slices.Contains(adapterKinds, kind) {
				return usageError{fmt.Errorf("--kind is %q: known are %s", kind, strings.Join(adapterKinds, ", "))}
			}
			rows := []shelf.Adapter{}
			for _, x := range s.Adapters {
				if kind != "" && x.Kind != kind || lang != "" && x.Lang != lang || sweep != "" && !strings.Contains(" "+strings.Join(x.Sweeps, " ")+" ", " "+sweep+" ") {
					continue
				}
				rows = append(rows, x)
			}
			if a.output == "json" {
				return a.printJSON(rows)
			}
			if len(rows) == 0 {
				a.say("%s", noAdapters(s))
				return nil
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ADAPTER\tSTEPS\tHELD-OUT LOSS\tSIZE\tMODEL\tSWEEPS")
			for _, x := range rows {
				fmt.Fprintf(w, "%s\t%d\t%s\t%sB\t%s\t%s\n", x.ID(), x.Trained.Steps, metric(x, "held_out_loss"), show.Count(float64(x.Bytes)), x.Model, strings.Join(x.Sweeps, ", "))
			}
			return w.Flush()
		})}
	cmd.Flags().StringVar(&kind, "kind", "", "only language, task or mlm-head")
	cmd.Flags().StringVar(&lang, "lang", "", "only this language's")
	cmd.Flags().StringVar(&sweep, "sweep", "", "only those of this sweep")
	a.completeStack(cmd)
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(adapterKinds, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
	return cmd
}

// adapterKinds are what adapters list --kind takes.
var adapterKinds = []string{"language", "task", "mlm-head"}

// noAdapters says what an empty list could have held.
func noAdapters(s *shelf.Shelf) string {
	if len(s.Adapters) == 0 {
		return "No adapters in " + s.Store.URI("") + ": run a sweep, or put one there with `madx adapters push`."
	}
	return fmt.Sprintf("None of %d adapters is such a one: there are languages %s; sweeps %s.",
		len(s.Adapters), strings.Join(s.Languages(), ", "), cmp.Or(strings.Join(s.SweepNames(), ", "), "none"))
}

func metric(x shelf.Adapter, name string) string {
	if v, ok := x.Trained.Metrics[name]; ok {
		return fmt.Sprintf("%.3f", v)
	}
	return "–"
}

func (a *app) adaptersShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show ADAPTER", Short: "Print an adapter's card: recipe, metrics, results, how to load it", Args: cobra.ExactArgs(1),
		Long:    "Prints the model card that `madx adapters pull` writes beside the weights.\n" + exitStatusHelp,
		Example: "  madx adapters show language/sw\n  madx adapters show task/ner -o json",
		RunE: a.shelved(func(_ context.Context, s *shelf.Shelf, args []string) error {
			x, err := s.Find(args[0])
			if err != nil {
				return err
			}
			if a.output == "json" {
				return a.printJSON(x)
			}
			card, err := s.Card(x)
			if err != nil {
				return err
			}
			_, err = a.out.Write(card)
			return err
		})}
}

func (a *app) adaptersLineageCommand() *cobra.Command {
	return &cobra.Command{Use: "lineage ADAPTER", Short: "Print what an adapter was made from, down to the dumps", Args: cobra.ExactArgs(1),
		Long:    "Follows the digests in the manifests. Equal digests mean equal bytes.\n" + exitStatusHelp,
		Example: "  madx adapters lineage task/ner",
		RunE: a.shelved(func(ctx context.Context, s *shelf.Shelf, args []string) error {
			x, err := s.Find(args[0])
			if err != nil {
				return err
			}
			tree, err := s.Lineage(ctx, x)
			if err != nil {
				return unreachable{err}
			}
			if a.output == "json" {
				return a.printJSON(tree)
			}
			printTree(a, tree, "")
			return nil
		})}
}

func printTree(a *app, n shelf.Node, indent string) {
	fmt.Fprintf(a.out, "%s%s  %.12s\n", indent, n.Name, n.Digest)
	for _, m := range n.From {
		printTree(a, m, indent+"  ")
	}
}

func (a *app) adaptersPullCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "pull ADAPTER...", Short: "Fetch adapters as folders that the Python library loads", Args: cobra.MinimumNArgs(1),
		Long:    "Fetches and checks each adapter and writes a model card, README.md, beside it.\n" + exitStatusHelp,
		Example: "  madx adapters pull language/sw task/ner --dir adapters",
		RunE: a.shelved(func(ctx context.Context, s *shelf.Shelf, args []string) error {
			pulled := []map[string]string{}
			var wanted []shelf.Adapter // all are found before the first is fetched
			for _, id := range args {
				x, err := s.Find(id)
				if err != nil {
					return err
				}
				wanted = append(wanted, x)
			}
			for _, x := range wanted {
				dest := filepath.Join(dir, filepath.FromSlash(x.Name)+"-"+x.Digest[:8])
				if err := pullAdapter(ctx, s, x, dest); err != nil {
					return err
				}
				pulled = append(pulled, map[string]string{"adapter": x.ID(), "dir": dest})
				a.say("%s  %s", x.ID(), dest)
			}
			if a.output == "json" {
				return a.printJSON(pulled)
			}
			return nil
		})}
	cmd.Flags().StringVar(&dir, "dir", "adapters", "folder to write into")
	return cmd
}

// pullAdapter fetches an adapter, unless it is there, and writes its card.
func pullAdapter(ctx context.Context, s *shelf.Shelf, x shelf.Adapter, dest string) error {
	if _, err := os.Stat(dest); errors.Is(err, os.ErrNotExist) {
		if _, err := objectstore.FetchRef(ctx, s.Store, x.Trained.Ref, dest); err != nil {
			return fmt.Errorf("adapter %s: %w", x.ID(), err)
		}
	}
	card, err := s.Card(x)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dest, "README.md"), card, 0o644)
}
