package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"madx/activities"
	"madx/cmd/madx/internal/shelf"
	"madx/infra/objectstore"
	"madx/trainer/hub"
)

func (a *app) adaptersPushCommand() *cobra.Command {
	var lang, task string
	cmd := &cobra.Command{Use: "push DIR", Short: "Put an adapter's folder into the store", Args: cobra.ExactArgs(1),
		Long: `Checks a folder in the Python library's format and stores it under its content. A folder that madx did not write needs
--lang for a language adapter or --task for a task adapter.
` + exitStatusHelp,
		Example: "  madx adapters push adapters/language/sw-4634b4f1\n  madx adapters push ~/sw-wiki-pfeiffer --lang sw",
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := a.openStore(cmd.Context())
			if err != nil {
				return err
			}
			ref, err := pushAdapter(cmd.Context(), store, args[0], lang, task)
			if err != nil {
				return err
			}
			return a.result(ref, "%s", ref.URI)
		}}
	cmd.Flags().StringVar(&lang, "lang", "", "language of a foreign language adapter")
	cmd.Flags().StringVar(&task, "task", "", "ner, ccr or qa: task of a foreign task adapter")
	cmd.MarkFlagsMutuallyExclusive("lang", "task")
	return cmd
}

// openAdapterFolder opens a folder that a person named, and says which folders there are when it is none.
func openAdapterFolder(dir string) (*hub.AdapterFiles, error) {
	if _, err := os.Stat(filepath.Join(dir, "mlm_head.safetensors")); err == nil {
		return nil, usageError{fmt.Errorf("%s is a masked-LM head, not an adapter: `madx fill-mask --mlm-head` takes it", dir)}
	}
	files, err := hub.OpenAdapter(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usageError{fmt.Errorf("%w: name the folder of one adapter, as `madx adapters pull` or the Python library writes it", err)}
	}
	if err != nil {
		return nil, usageError{err}
	}
	return files, nil
}

// adapterFiles are what a stored adapter consists of; anything else in the folder stays where it is.
var adapterFiles = []string{"adapter_config.json", "pytorch_adapter.bin", "adapter.safetensors", "head_config.json", "pytorch_model_head.bin",
	"model_head.safetensors", "madx.json"}

func pushAdapter(ctx context.Context, store objectstore.Store, dir, lang, task string) (objectstore.Ref, error) {
	files, err := openAdapterFolder(dir)
	if err != nil {
		return objectstore.Ref{}, err
	}
	m := files.Madx
	if m == nil {
		if (lang == "") == (task == "") {
			return objectstore.Ref{}, usageError{fmt.Errorf("%s has no madx.json: say what it is with --lang or --task", dir)}
		}
		m = &hub.Madx{Format: 1, Kind: "language", Language: lang}
		if task != "" {
			m = &hub.Madx{Format: 1, Kind: "task", Task: task}
		}
	}
	tmp, err := os.MkdirTemp("", "madx-push-*")
	if err != nil {
		return objectstore.Ref{}, err
	}
	defer os.RemoveAll(tmp)
	for _, name := range adapterFiles {
		if err := linkOrCopy(filepath.Join(dir, name), filepath.Join(tmp, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return objectstore.Ref{}, err
		}
	}
	if files.Madx == nil {
		body, err := json.MarshalIndent(m, "", " ")
		if err != nil {
			return objectstore.Ref{}, err
		}
		if err := os.WriteFile(filepath.Join(tmp, "madx.json"), body, 0o644); err != nil {
			return objectstore.Ref{}, err
		}
	}
	meta, err := json.Marshal(activities.Trained{Steps: m.Steps, Metrics: m.Metrics})
	if err != nil {
		return objectstore.Ref{}, err
	}
	return objectstore.Commit(ctx, store, activities.ArtifactPrefix(m.Kind, files.Digest), tmp,
		objectstore.Manifest{Kind: m.Kind, Key: files.Digest, Meta: meta})
}

func (a *app) adaptersVerifyCommand() *cobra.Command {
	return &cobra.Command{Use: "verify ADAPTER|DIR", Short: "Check an adapter in the store or in a folder, byte by byte", Args: cobra.ExactArgs(1),
		Long:    "Checks every file's size and SHA-256 against the manifest, then the folder as a training would open it.\n" + exitStatusHelp,
		Example: "  madx adapters verify language/sw\n  madx adapters verify adapters/language/sw-4634b4f1",
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
				return a.verifyFolder(args[0], args[0], "")
			}
			return a.shelved(func(ctx context.Context, s *shelf.Shelf, args []string) error {
				x, err := s.Find(args[0])
				if err != nil {
					return err
				}
				tmp, err := os.MkdirTemp("", "madx-verify-*")
				if err != nil {
					return err
				}
				defer os.RemoveAll(tmp)
				dir := filepath.Join(tmp, "adapter")
				if _, err := objectstore.FetchRef(ctx, s.Store, x.Trained.Ref, dir); err != nil {
					return err
				}
				if x.Kind == "mlm-head" {
					return a.result(verified{Adapter: x.ID(), Kind: x.Kind, Digest: x.Digest}, "%s: whole, %s", x.ID(), x.Describe())
				}
				return a.verifyFolder(dir, x.ID(), x.Kind)
			})(cmd, args)
		}}
}

// verified is what `madx adapters verify` found.
type verified struct {
	Adapter    string `json:"adapter"`
	Kind       string `json:"kind,omitempty"`
	Tensors    int    `json:"tensors,omitempty"`
	Parameters int    `json:"parameters,omitempty"`
	Digest     string `json:"digest"`
}

func (a *app) verifyFolder(dir, name, kind string) error {
	f, err := openAdapterFolder(dir)
	if err != nil {
		return err
	}
	n := 0
	for key, t := range f.Tensors {
		v, err := t.Float32s()
		if err != nil {
			return usageError{fmt.Errorf("%s: %s: %w", name, key, err)}
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return usageError{fmt.Errorf("%s: %s has a value that is not finite", name, key)}
			}
		}
		n += len(v)
	}
	if kind == "" && f.Madx != nil {
		kind = f.Madx.Kind
	}
	return a.result(verified{name, kind, len(f.Tensors), n, f.Digest},
		"%s: whole, adapter %q for %s of width %d, %d tensors, %d parameters, digest %s", name, f.Name, f.ModelType, f.Hidden, len(f.Tensors), n, f.Digest)
}

func (a *app) adaptersPruneCommand() *cobra.Command {
	var yes, pushed bool
	cmd := &cobra.Command{Use: "prune", Short: "Remove adapters that no sweep's results name", Args: cobra.NoArgs,
		Long: `Lists what would go; --yes removes it. Adapters that were pushed stay unless --pushed is given. Corpora, dumps and
evaluations stay. It refuses while a sweep runs: that sweep's adapters are not yet in its results.
` + exitStatusHelp,
		Example: "  madx adapters prune\n  madx adapters prune --yes\n  madx adapters prune --pushed --yes",
		RunE: a.connected(func(ctx context.Context, conn *connection, _ []string) error {
			running, err := conn.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: conn.namespace,
				Query: "WorkflowType = 'LanguageSweep' AND ExecutionStatus = 'Running'"})
			if err != nil {
				return unreachable{err}
			}
			if running.GetCount() > 0 {
				return errors.New("a sweep is running: prune when it has ended, see `madx sweep list`")
			}
			s, err := shelf.Open(ctx, conn.store)
			if err != nil {
				return unreachable{err}
			}
			return a.prune(ctx, s, pushed, yes)
		})}
	cmd.Flags().BoolVar(&yes, "yes", false, "remove them")
	cmd.Flags().BoolVar(&pushed, "pushed", false, "also those that were pushed")
	return cmd
}

func (a *app) prune(ctx context.Context, s *shelf.Shelf, pushed, yes bool) error {
	ids, kept := []string{}, 0
	for _, x := range s.Adapters {
		if len(x.Sweeps) > 0 {
			continue
		}
		if x.Pushed() && !pushed {
			kept++
			continue
		}
		ids = append(ids, x.ID())
		a.say("%s  %s", x.ID(), x.Trained.Ref.URI)
		if !yes {
			continue
		}
		if err := objectstore.Drop(ctx, s.Store, x.Prefix); err != nil {
			return unreachable{err}
		}
	}
	out := map[string]any{"adapters": ids, "removed": yes}
	switch {
	case len(ids) == 0 && kept > 0:
		return a.result(out, "Nothing to remove; %d that were pushed stay: --pushed takes them too.", kept)
	case len(ids) == 0:
		return a.result(out, "Nothing to remove: some sweep names every adapter.")
	case yes:
		return a.result(out, "Removed %d.", len(ids))
	}
	return a.result(out, "%d adapters would go: repeat with --yes.", len(ids))
}
