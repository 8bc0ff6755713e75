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

// weightFiles are the names tried in turn; an index names the shards.
var weightFiles = []string{"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"}

const maxShards = 1000

// openFiles opens the weight files and fills tensors by the names in them.
func (m *Model) openFiles() error {
	for _, name := range weightFiles {
		path := filepath.Join(m.Dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		m.digest = append(m.digest, name)
		if !strings.HasSuffix(name, ".index.json") {
			f, err := m.openFile(name)
			if err != nil {
				return err
			}
			for _, key := range f.Names() {
				m.tensors[key] = located{f, key}
			}
			return nil
		}
		return m.openShards(name)
	}
	return fmt.Errorf("no weights: expected one of %s", strings.Join(weightFiles, ", "))
}

func (m *Model) openFile(name string) (*weights.File, error) {
	f, err := weights.Open(filepath.Join(m.Dir, name))
	if err != nil {
		return nil, err
	}
	m.files = append(m.files, f)
	return f, nil
}

func (m *Model) openShards(index string) error {
	b, err := os.ReadFile(filepath.Join(m.Dir, index))
	if err != nil {
		return err
	}
	var idx struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(b, &idx); err != nil {
		return fmt.Errorf("%s: %w", index, err)
	}
	if len(idx.WeightMap) == 0 {
		return fmt.Errorf("%s: no weight_map", index)
	}
	shards := map[string]*weights.File{}
	for _, file := range idx.WeightMap {
		shards[file] = nil
	}
	if len(shards) > maxShards {
		return fmt.Errorf("%s: names %d files", index, len(shards))
	}
	for _, file := range sortedKeys(shards) {
		if file != filepath.Base(file) || file == ".." || file == "." {
			return fmt.Errorf("%s: file name %q leads out of the folder", index, file)
		}
		if shards[file], err = m.openFile(file); err != nil {
			return err
		}
		m.digest = append(m.digest, file)
	}
	for key, file := range idx.WeightMap {
		if _, ok := shards[file].Info(key); !ok {
			return fmt.Errorf("%s says that %s holds tensor %q, it does not", index, file, key)
		}
		m.tensors[key] = located{shards[file], key}
	}
	return nil
}

// nameTensors gives tensors their canonical names and drops those that no computation uses.
func (m *Model) nameTensors() error {
	prefix := m.Config.Family.Prefix()
	prefixed := false
	for key := range m.tensors {
		prefixed = prefixed || strings.HasPrefix(key, prefix)
	}
	named := make(map[string]located, len(m.tensors))
	for _, key := range sortedKeys(m.tensors) {
		name := canonical(key, prefix, prefixed)
		if name == "" {
			continue
		}
		if old, dup := named[name]; dup {
			return fmt.Errorf("tensors %q and %q are both %q", old.key, key, name)
		}
		named[name] = m.tensors[key]
	}
	m.tensors = named
	// The head's bias is stored under one of two names, or under both.
	for from, to := range map[string]string{"lm_head.decoder.bias": "lm_head.bias", "cls.predictions.decoder.bias": "cls.predictions.bias"} {
		if l, ok := named[from]; ok {
			if _, has := named[to]; !has {
				named[to] = l
			}
			delete(named, from)
		}
	}
	return nil
}

func canonical(key, prefix string, prefixed bool) string {
	name := key
	if !prefixed && (strings.HasPrefix(key, "embeddings.") || strings.HasPrefix(key, "encoder.") || strings.HasPrefix(key, "pooler.")) {
		name = prefix + key
	}
	// TensorFlow's names for LayerNorm, in the oldest files.
	if base, ok := strings.CutSuffix(name, ".gamma"); ok {
		name = base + ".weight"
	} else if base, ok := strings.CutSuffix(name, ".beta"); ok {
		name = base + ".bias"
	}
	switch rest := strings.TrimPrefix(name, prefix); {
	case rest == "embeddings.position_ids", rest == "embeddings.token_type_ids", strings.HasPrefix(rest, "pooler."):
		return ""
	case name == "lm_head.decoder.weight", name == "cls.predictions.decoder.weight": // tied, as config.json says
		return ""
	case strings.HasPrefix(name, "cls.seq_relationship."):
		return ""
	}
	return name
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
