package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/show"
	"madx/infra/objectstore"
)

func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "Remove litter from the store, verify what is committed",
		Long: "Looks after the bucket or folder that holds artifacts, inputs and checkpoints.\n" + exitStatusHelp}
	cmd.AddCommand(a.storeGCCommand(), a.storeVerifyCommand())
	return cmd
}

// collected is what `madx store gc` prints as JSON.
type collected struct {
	Removed bool                 `json:"removed"` // false: a dry run
	Objects int                  `json:"objects"`
	Bytes   int64                `json:"bytes"`
	Litter  []objectstore.Litter `json:"litter"`
}

func (a *app) storeGCCommand() *cobra.Command {
	var yes bool
	opt := objectstore.GCOptions{}
	cmd := &cobra.Command{Use: "gc", Short: "Remove what no manifest refers to", Args: cobra.NoArgs,
		Long: `Lists what would go; --yes removes it: uploads that never ended (objects without a manifest, parts of multipart uploads), objects
that their folder's manifest does not name, checkpoints of trainings whose artifact is there, and of unfinished trainings all but
the newest and the best by held-out loss. Committed artifacts and inputs stay, whatever their age, and so does what changed within --older. Sweeps may run
meanwhile.
` + exitStatusHelp,
		Example: "  madx store gc\n  madx store gc --older 1h --yes -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opt.Age < 0 || opt.Checkpoints < 0 {
				return usageError{errors.New("--older and --checkpoints must not be negative")}
			}
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			return a.collect(cmd.Context(), store, opt, yes)
		}}
	cmd.Flags().BoolVar(&yes, "yes", false, "remove it")
	cmd.Flags().DurationVar(&opt.Age, "older", 24*time.Hour, "leave alone what changed within this time; longer than the longest upload takes")
	cmd.Flags().IntVar(&opt.Checkpoints, "checkpoints", 2, "how many of the newest checkpoints an unfinished training keeps, the best beside them; 0 means all")
	return cmd
}

func (a *app) collect(ctx context.Context, store objectstore.Store, opt objectstore.GCOptions, yes bool) error {
	litter, err := objectstore.FindLitter(ctx, store, opt)
	if err != nil {
		return unreachable{err}
	}
	c := collected{Removed: yes, Litter: []objectstore.Litter{}}
	count := func(l objectstore.Litter) {
		c.Litter = append(c.Litter, l)
		c.Objects++
		c.Bytes += l.Bytes
	}
	if yes {
		err = objectstore.RemoveLitter(ctx, store, litter, count)
	} else {
		for _, l := range litter {
			count(l)
		}
	}
	if a.output == "json" {
		return errors.Join(err, a.printJSON(c))
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	for _, l := range c.Litter {
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.Why, inBytes(l.Bytes), store.URI(l.Key))
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return unreachable{err}
	}
	switch {
	case c.Objects == 0:
		a.say("Nothing to remove.")
	case yes:
		a.say("Removed %d objects, %s.", c.Objects, inBytes(c.Bytes))
	default:
		a.say("%d objects, %s would go: repeat with --yes.", c.Objects, inBytes(c.Bytes))
	}
	return nil
}

// errDamage ends a verification that found damage; the lines have said what.
var errDamage = errors.New("something in the store is damaged: what is made from it is made again by the next `madx sweep start`")

// checked is what `madx store verify` prints as JSON.
type checked struct {
	Folders int                    `json:"folders"`
	Files   int                    `json:"files"`
	Bytes   int64                  `json:"bytes"`
	Damaged []objectstore.Verified `json:"damaged"`
}

func (a *app) storeVerifyCommand() *cobra.Command {
	var quick bool
	cmd := &cobra.Command{Use: "verify [PREFIX]", Short: "Check everything that is committed, byte by byte", Args: cobra.MaximumNArgs(1),
		Long: `Reads every committed artifact, input and checkpoint (below PREFIX, such as artifacts/language) and compares sizes and SHA-256 with
the manifests. It changes nothing. Damage is found by whoever reads an object, too, and made again or fallen back from; this finds it
before. The exit status is 1 when something is damaged, 4 when nothing is committed below PREFIX.
` + exitStatusHelp,
		Example: "  madx store verify\n  madx store verify artifacts/language --quick -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			prefix := ""
			if len(args) > 0 {
				prefix = args[0]
			}
			return a.verifyStore(cmd.Context(), store, prefix, quick)
		}}
	cmd.Flags().BoolVar(&quick, "quick", false, "compare sizes only: one listing a folder, nothing is read")
	return cmd
}

func (a *app) verifyStore(ctx context.Context, store objectstore.Store, prefix string, quick bool) error {
	c := checked{Damaged: []objectstore.Verified{}}
	err := objectstore.VerifyAll(ctx, store, prefix, quick, func(v objectstore.Verified) {
		c.Folders, c.Files, c.Bytes = c.Folders+1, c.Files+v.Files, c.Bytes+v.Bytes
		if v.Damage != "" {
			c.Damaged = append(c.Damaged, v)
			a.say("damaged: %s", v.Damage)
		}
	})
	if err != nil {
		return unreachable{err}
	}
	if c.Folders == 0 && prefix != "" {
		return fmt.Errorf("nothing is committed below %s: %w: prefixes are such as artifacts, artifacts/language, inputs, checkpoints", store.URI(prefix), objectstore.ErrNotFound)
	}
	if a.output == "json" {
		if err := a.printJSON(c); err != nil {
			return err
		}
	}
	a.say("%d folders with %d files, %s: %d damaged.", c.Folders, c.Files, inBytes(c.Bytes), len(c.Damaged))
	if len(c.Damaged) > 0 {
		return errDamage
	}
	return nil
}

// inBytes prints a size with its unit, none too.
func inBytes(n int64) string {
	if n == 0 {
		return "0 B"
	}
	return show.Count(float64(n)) + "B"
}
