package shelf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"madx/trainer/hub"
	"madx/trainer/predict"
	"madx/trainer/spec"
)

// Folder is one adapter folder below a root.
type Folder struct {
	Dir  string
	Madx hub.Madx
}

// Folders finds the adapters below root by their madx.json, in order of their paths.
func Folders(root string) ([]Folder, error) {
	var out []Folder
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != "madx.json" {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f := Folder{Dir: filepath.Dir(path)}
		if err := json.Unmarshal(body, &f.Madx); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

// PickFolder builds a stack from adapters below root, without any store. models are folders of base models to look
// through; one whose digest the adapters name is taken.
func PickFolder(root, task, lang string, models []string) (predict.Spec, error) {
	all, err := Folders(root)
	if err != nil {
		return predict.Spec{}, fmt.Errorf("%w: name a folder with adapters, as `madx adapters pull` and `madx report --adapters` write it", err)
	}
	s := predict.Spec{Task: spec.Task(task)}
	have := map[string]bool{}
	var language, adapter *Folder
	for i, f := range all {
		switch {
		case f.Madx.Kind == "language" && f.Madx.Language == lang:
			language = &all[i]
		case f.Madx.Kind == "task" && f.Madx.Task == task && f.Madx.SourceDigest != "":
			adapter = &all[i]
		}
		if f.Madx.Kind == "language" {
			have[f.Madx.Language] = true
		}
	}
	if language == nil {
		return s, fmt.Errorf("%w: %s has no language adapter for %q: there are %s", ErrUnknown, root, lang, cmp.Or(strings.Join(sorted(have), ", "), "none"))
	}
	s.Language = language.Dir
	if s.Task != predict.FillMask {
		if adapter == nil {
			return s, fmt.Errorf("%w: %s has no task adapter for %q trained on a language adapter", ErrUnknown, root, task)
		}
		s.Adapter = adapter.Dir
		s.Source = findSource(all, adapter.Madx.SourceDigest)
	}
	for _, f := range all {
		if f.Madx.Kind == "mlm-head" && s.Task == predict.FillMask {
			s.Model.MLMHead = f.Dir
		}
	}
	s.Model.Precision = precision(language.Madx)
	s.Model.Dir, err = findModel(models, language.Madx.BaseDigest)
	return s, err
}

// findSource returns the language adapter with a digest, or "": the composition is then checked by shapes alone.
func findSource(all []Folder, digest string) string {
	for _, f := range all {
		if f.Madx.Kind != "language" {
			continue
		}
		if got, err := hub.DigestAdapter(f.Dir); err == nil && got == digest {
			return f.Dir
		}
	}
	return ""
}

func findModel(models []string, digest string) (string, error) {
	for _, dir := range models {
		m, err := hub.OpenModel(dir)
		if err != nil {
			continue // not a model
		}
		got, err := m.Digest()
		_ = m.Close()
		if err == nil && (digest == "" || got == digest) {
			return dir, nil
		}
	}
	return "", errNoModel
}

func precision(m hub.Madx) string {
	var recipe struct {
		Precision string `json:"precision"`
	}
	_ = json.Unmarshal(m.Recipe, &recipe) // foreign adapters have none: float32
	return recipe.Precision
}

func sorted(set map[string]bool) []string {
	var out []string
	for name := range set {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
