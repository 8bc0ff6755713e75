package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"madx/trainer/evaluate"
	"madx/trainer/events"
	"madx/trainer/schema"
	"madx/trainer/spec"
)

// formats are what schema prints.
var formats = map[string]reflect.Type{
	"spec": reflect.TypeFor[spec.Spec](), "events": reflect.TypeFor[events.Event](), "results": reflect.TypeFor[evaluate.Result](),
}

func newSchema() *cobra.Command {
	var output string
	names := slices.Sorted(maps.Keys(formats))
	cmd := &cobra.Command{
		Use:   "schema [spec|events|results]",
		Short: "Print the keys of the spec file, of the events or of results.json",
		Long: `Schema prints every key of a format with its type, what its absence means, its unit and its meaning: of the spec file,
which is the default; of the events on standard output; of results.json, which an evaluation writes. The list is made
from the types that the program reads and writes.

READS   nothing
WRITES  the table, or with --output json a list of objects, to standard output
EMITS   no events
` + exitStatus,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "spec"
			if len(args) > 0 {
				name = args[0]
			}
			return printSchema(cmd.OutOrStdout(), name, output)
		},
	}
	cmd.Flags().StringVar(&output, "output", "text", "text or json")
	return cmd
}

func printSchema(w io.Writer, name, output string) error {
	keys := schema.Fields(formats[name])
	switch output {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(keys)
	case "text":
	default:
		return fmt.Errorf("--output: is %q, known are text and json", output)
	}
	if err := schema.WriteText(w, keys); err != nil || name != "events" {
		return err
	}
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "\nTYPE\tKEYS\tMEANING")
	for _, d := range events.Types {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", d.Type, strings.Join(d.Keys, " "), d.Doc)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, exitStatus)
	return err
}
