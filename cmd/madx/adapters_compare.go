package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
	"madx/trainer/hub"
)

// difference is one thing in which two adapters differ.
type difference struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

var wholeDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// shortDigest cuts a digest for tables; JSON has it whole.
func shortDigest(s string) string {
	if wholeDigest.MatchString(s) {
		return s[:12] + "…"
	}
	return s
}

func (a *app) adaptersCompareCommand() *cobra.Command {
	return &cobra.Command{Use: "compare ADAPTER ADAPTER", Short: "Compare two adapters: recipe, inputs, metrics, weights", Args: cobra.ExactArgs(2),
		Long:    "Fetches both and prints what differs; the weights' distance is |a−b|/|a| over all tensors they share.\n" + exitStatusHelp,
		Example: "  madx adapters compare language/sw@4634b4f1 language/sw@90ab12cd",
		RunE: a.shelved(func(ctx context.Context, s *shelf.Shelf, args []string) error {
			x, err := s.Find(args[0])
			if err != nil {
				return err
			}
			y, err := s.Find(args[1])
			if err != nil {
				return err
			}
			diff := differences(flat(x), flat(y))
			if x.Kind != "mlm-head" && x.Kind == y.Kind {
				d, err := weightDistance(ctx, s, x, y)
				if err != nil {
					return err
				}
				diff = append(diff, d)
			}
			if a.output == "json" {
				return a.printJSON(diff)
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			fmt.Fprintf(w, "\t%s\t%s\n", x.ID(), y.ID())
			for _, d := range diff {
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.What, shortDigest(d.A), shortDigest(d.B))
			}
			return w.Flush()
		})}
}

// flat lists what is known of an adapter as dotted keys.
func flat(x shelf.Adapter) map[string]string {
	out := map[string]string{}
	if x.Madx != nil {
		flatten(out, "", x.Madx)
	}
	out["sweeps"], out["model"] = strings.Join(x.Sweeps, " "), x.Model
	return out
}

// flatten turns any value that is JSON into dotted keys.
func flatten(out map[string]string, prefix string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		return
	}
	var tree any
	if json.Unmarshal(body, &tree) != nil {
		return
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, w := range v {
				walk(strings.TrimPrefix(path+"."+k, "."), w)
			}
		case []any:
			for i, w := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), w)
			}
		case float64:
			out[path] = fmt.Sprintf("%.6g", v)
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk(prefix, tree)
}

func differences(a, b map[string]string) []difference {
	names := map[string]bool{}
	for k := range a {
		names[k] = true
	}
	for k := range b {
		names[k] = true
	}
	var out []difference
	for k := range names {
		if a[k] != b[k] {
			out = append(out, difference{k, a[k], b[k]})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].What < out[j].What })
	return out
}

func weightDistance(ctx context.Context, s *shelf.Shelf, x, y shelf.Adapter) (difference, error) {
	tmp, err := os.MkdirTemp("", "madx-compare-*")
	if err != nil {
		return difference{}, err
	}
	defer os.RemoveAll(tmp)
	var files [2]*hub.AdapterFiles
	for i, one := range []shelf.Adapter{x, y} {
		dir := filepath.Join(tmp, fmt.Sprint(i))
		if _, err := objectstore.FetchRef(ctx, s.Store, one.Trained.Ref, dir); err != nil {
			return difference{}, err
		}
		if files[i], err = hub.OpenAdapter(dir); err != nil {
			return difference{}, err
		}
	}
	var gap, norm float64
	shared := 0
	for name, t := range files[0].Tensors {
		u, ok := files[1].Tensors[strings.ReplaceAll(name, "."+files[0].Name+".", "."+files[1].Name+".")]
		if !ok {
			continue
		}
		v, err := t.Float32s()
		w, err2 := u.Float32s()
		if err != nil || err2 != nil || len(v) != len(w) {
			continue
		}
		shared++
		for i := range v {
			gap += float64(v[i]-w[i]) * float64(v[i]-w[i])
			norm += float64(v[i]) * float64(v[i])
		}
	}
	if shared == 0 {
		return difference{"weights", fmt.Sprintf("%d tensors", len(files[0].Tensors)), fmt.Sprintf("%d tensors, none of the same name and shape", len(files[1].Tensors))}, nil
	}
	return difference{"weights", fmt.Sprintf("%d tensors", len(files[0].Tensors)), fmt.Sprintf("%d shared, relative distance %.4f", shared, math.Sqrt(gap/max(norm, 1e-30)))}, nil
}
