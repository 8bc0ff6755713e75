package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"madx/trainer/weights"
)

// maxJSON bounds the configuration files.
const maxJSON = 8 << 20

// adapterFile is adapter_config.json and head_config.json.
type adapterFile struct {
	Config     json.RawMessage `json:"config"`
	Hidden     int             `json:"hidden_size"`
	ModelClass string          `json:"model_class"`
	ModelName  string          `json:"model_name"`
	ModelType  string          `json:"model_type"`
	Name       string          `json:"name"`
	Type       string          `json:"type"` // before versions: text_lang, text_task
	Version    *string         `json:"version"`
	Label2ID   map[string]int  `json:"label2id"`
	NumLabels  int             `json:"num_labels"`
}

// OpenAdapter reads an adapter folder of the Python library or of this project: configuration, adapter, head where there
// is one, madx.json where there is one. Old names are mapped to today's; what the trainer does not compute is refused.
func OpenAdapter(dir string) (*AdapterFiles, error) {
	a, err := openAdapter(dir)
	if err != nil {
		return nil, fmt.Errorf("adapter %s: %w", dir, err)
	}
	return a, nil
}

func openAdapter(dir string) (*AdapterFiles, error) {
	var f adapterFile
	if err := readJSON(filepath.Join(dir, adapterConfigFile), &f); err != nil {
		return nil, err
	}
	family, ok := families[f.ModelType]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: model_type %q is not supported", adapterConfigFile, f.ModelType)
	case !goodName(f.Name):
		return nil, fmt.Errorf("%s: name %q cannot be part of a tensor's key", adapterConfigFile, f.Name)
	case f.Hidden < 2 || f.Hidden > maxDimension:
		return nil, fmt.Errorf("%s: hidden_size %d is impossible", adapterConfigFile, f.Hidden)
	}
	cfg, err := parseAdapterConfig(f.Config, f.Version == nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", adapterConfigFile, err)
	}
	a := &AdapterFiles{
		Name: f.Name, ModelType: f.ModelType, ModelClass: f.ModelClass, ModelName: f.ModelName, Hidden: f.Hidden, Config: cfg,
	}
	raw, err := readEither(dir, adapterSafeFile, adapterTorchFile)
	if err != nil {
		return nil, err
	}
	if a.Tensors, err = renameOld(raw, family); err != nil {
		return nil, err
	}
	a.dropUnusedInvertible(f.Type, family)
	if err := a.checkTensors(family); err != nil {
		return nil, err
	}
	if err := a.openHead(dir); err != nil {
		return nil, err
	}
	if a.Madx, err = readMadx(dir); err != nil {
		return nil, err
	}
	a.Digest, err = DigestAdapter(dir)
	return a, err
}

// openHead reads the head files, if there are any.
func (a *AdapterFiles) openHead(dir string) error {
	var f adapterFile
	switch err := readJSON(filepath.Join(dir, headConfigFile), &f); {
	case errors.Is(err, fs.ErrNotExist):
		for _, name := range []string{headSafeFile, headTorchFile} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return fmt.Errorf("%s is there, %s is missing", name, headConfigFile)
			}
		}
		return nil
	case err != nil:
		return err
	case f.Hidden != a.Hidden || f.ModelType != a.ModelType:
		return fmt.Errorf("%s is for a %s of hidden size %d, %s for a %s of %d", headConfigFile, f.ModelType, f.Hidden, adapterConfigFile, a.ModelType, a.Hidden)
	}
	flexible := len(f.Config) > 0 && string(f.Config) != "null"
	if flexible {
		h, err := parseHead(f.Config, f.Hidden)
		if err != nil {
			return err
		}
		a.Head = h
	}
	tensors, err := readHead(dir, func(key string) bool {
		if flexible {
			return a.Head.Type == HeadMaskedLM && strings.HasSuffix(key, ".3.weight")
		}
		return strings.HasSuffix(key, ".decoder.weight")
	})
	if err != nil {
		return err
	}
	if flexible {
		tensors = rename(tensors, HeadPrefix(f.Name), HeadPrefix(a.Name))
	} else if a.Head, err = staticHead(f, a.Name, tensors); err != nil {
		return err
	}
	a.HeadTensors = tensors
	return a.checkHead()
}

// readHead reads the head's tensors except the stored copy of the output embedding: it is the base model's own, and by
// far the largest.
func readHead(dir string, embedding func(key string) bool) (m weights.Map, err error) {
	path, err := either(dir, headSafeFile, headTorchFile)
	if err != nil {
		return nil, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	m = weights.Map{}
	for _, name := range f.Names() {
		if embedding(name) {
			continue
		}
		if m[name], err = f.Read(name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func readEither(dir string, names ...string) (weights.Map, error) {
	path, err := either(dir, names...)
	if err != nil {
		return nil, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := f.ReadAll()
	return m, errors.Join(err, f.Close())
}

func either(dir string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("no weights: expected %s", strings.Join(names, " or "))
}

func readJSON(path string, to any) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if st.Size() > maxJSON {
		return fmt.Errorf("%s: %d bytes are too many for a configuration", path, st.Size())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// goodName keeps names usable as one part of a key and of a path.
func goodName(name string) bool {
	return name != "" && len(name) <= 200 && !strings.ContainsAny(name, "./\\") && !slices.Contains([]byte(name), 0)
}
