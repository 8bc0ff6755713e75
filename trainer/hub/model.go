package hub

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"madx/trainer/weights"
)

// Model is an opened base model: its configuration, and its tensors, read from the files one at a time. The tensors are
// complete and have the right shapes. It is safe for concurrent use until Close.
type Model struct {
	Dir        string
	Config     Config
	HasMLMHead bool // the folder holds the masked-LM head (MLMHeadShapes)

	tensors map[string]located
	files   []*weights.File
	digest  []string // file names that Digest covers
}

type located struct {
	file *weights.File
	key  string
}

// OpenModel opens a Hugging Face folder: config.json and model.safetensors or pytorch_model.bin, whole or in shards.
// Missing, unexpected or misshapen tensors are errors. Weights that no computation here uses (pooler, next-sentence head,
// stored copies of the tied output embedding, position ids) are left out.
func OpenModel(dir string) (*Model, error) {
	cfg, err := ReadConfig(filepath.Join(dir, "config.json"))
	if err != nil {
		return nil, fmt.Errorf("base model: %w", err)
	}
	m := &Model{Dir: dir, Config: cfg, tensors: map[string]located{}, digest: []string{"config.json"}}
	if err := m.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("base model %s: %w", dir, err), m.Close())
	}
	return m, nil
}

func (m *Model) open() error {
	if err := m.openFiles(); err != nil {
		return err
	}
	if err := m.nameTensors(); err != nil {
		return err
	}
	want := encoderShapes(m.Config)
	head := MLMHeadShapes(m.Config)
	have := 0
	for name := range head {
		if m.Has(name) {
			have++
		}
	}
	if m.HasMLMHead = have > 0; m.HasMLMHead {
		for name, shape := range head {
			want[name] = shape
		}
	}
	return m.check(want)
}

// check compares names and shapes; want is complete.
func (m *Model) check(want map[string][]int64) error {
	var missing, extra []string
	for name := range want {
		if !m.Has(name) {
			missing = append(missing, name)
		}
	}
	for name := range m.tensors {
		if _, ok := want[name]; !ok {
			extra = append(extra, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s missing for a %s of %d layers: is config.json of this model?", some("tensor", missing), m.Config.ModelType, m.Config.Layers)
	}
	if len(extra) > 0 {
		return fmt.Errorf("%s unexpected in a %s of %d layers: use the pre-trained encoder, not a fine-tuned or different model", some("tensor", extra), m.Config.ModelType, m.Config.Layers)
	}
	for _, name := range m.Names() {
		info, _ := m.Info(name)
		if !slices.Equal(info.Shape, want[name]) {
			return fmt.Errorf("tensor %q has shape %v, config.json asks for %v", name, info.Shape, want[name])
		}
		switch info.DType {
		case weights.F32, weights.F16, weights.BF16, weights.F64:
		default:
			return fmt.Errorf("tensor %q has type %s, expected floating point", name, info.DType)
		}
	}
	return nil
}

// some lists a few names and how many more there are.
func some(what string, names []string) string {
	slices.Sort(names)
	text, rest := strings.Join(names[:min(len(names), 4)], ", "), len(names)-4
	switch {
	case len(names) == 1:
		return what + " " + text + " is"
	case rest > 0:
		return fmt.Sprintf("%ss %s and %d more are", what, text, rest)
	}
	return what + "s " + text + " are"
}

// Names returns the canonical names of the encoder's tensors and, when HasMLMHead, the head's, in byte order.
func (m *Model) Names() []string {
	names := make([]string, 0, len(m.tensors))
	for name := range m.tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Has tells whether the model has a tensor of that canonical name.
func (m *Model) Has(name string) bool { _, ok := m.tensors[name]; return ok }

// Info describes a tensor without reading it; false when there is none of that name.
func (m *Model) Info(name string) (weights.Info, bool) {
	l, ok := m.tensors[name]
	if !ok {
		return weights.Info{}, false
	}
	return l.file.Info(l.key)
}

// Tensor reads one tensor in the type it is stored in.
func (m *Model) Tensor(name string) (weights.Tensor, error) {
	l, ok := m.tensors[name]
	if !ok {
		return weights.Tensor{}, fmt.Errorf("base model %s has no tensor %q", m.Dir, name)
	}
	return l.file.Read(l.key)
}

// Close closes the files.
func (m *Model) Close() error {
	var err error
	for _, f := range m.files {
		err = errors.Join(err, f.Close())
	}
	return err
}
