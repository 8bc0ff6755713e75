package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"madx/trainer/weights"
)

// libraryVersion is the release of the Python library whose format is written.
const libraryVersion = "adapters.1.3.0"

// modelClasses are the library's classes with flexible heads; a head loads only into the class that its file names.
var modelClasses = map[string]string{
	"xlm-roberta": "XLMRobertaAdapterModel", "roberta": "RobertaAdapterModel", "camembert": "CamembertAdapterModel", "bert": "BertAdapterModel",
}

// SaveAdapter writes a folder that the Python library and OpenAdapter read: both containers of the adapter's weights and of
// the head's, the configurations, madx.json. The same input gives the same bytes. dir must not exist, or be empty; it
// appears by one rename, whole.
func SaveAdapter(dir string, a AdapterFiles) error {
	if err := saveAdapter(dir, a); err != nil {
		return fmt.Errorf("saving adapter %s: %w", dir, err)
	}
	return nil
}

func saveAdapter(dir string, a AdapterFiles) error {
	family, ok := families[a.ModelType]
	if !ok || !goodName(a.Name) {
		return fmt.Errorf("model type %q or name %q cannot be written", a.ModelType, a.Name)
	}
	if err := a.Config.Validate(); err != nil {
		return err
	}
	if err := a.checkTensors(family); err != nil {
		return err
	}
	if a.ModelClass == "" {
		a.ModelClass = modelClasses[a.ModelType]
	}
	files := map[string]func(path string) error{
		adapterConfigFile: jsonFile(pyJSON(a.fileValues(a.Config.values(), a.ModelClass))),
		adapterTorchFile:  func(p string) error { return weights.WriteTorch(p, a.Tensors) },
		adapterSafeFile:   func(p string) error { return weights.WriteSafetensors(p, a.Tensors, nil) },
	}
	if a.Head != nil {
		if err := errors.Join(a.Head.Validate(), a.checkHead()); err != nil {
			return err
		}
		files[headConfigFile] = jsonFile(pyJSON(a.fileValues(a.Head.values(a.Hidden), modelClasses[a.ModelType])))
		files[headTorchFile] = func(p string) error { return weights.WriteTorch(p, a.HeadTensors) }
		files[headSafeFile] = func(p string) error { return weights.WriteSafetensors(p, a.HeadTensors, nil) }
	}
	if a.Madx != nil {
		b, err := marshalMadx(*a.Madx)
		if err != nil {
			return err
		}
		files[madxFile] = jsonFile(b)
	}
	return WriteFolder(dir, files)
}

func (a AdapterFiles) fileValues(config map[string]any, class string) map[string]any {
	v := map[string]any{
		"config": config, "hidden_size": a.Hidden, "model_class": class, "model_name": nil,
		"model_type": a.ModelType, "name": a.Name, "version": libraryVersion,
	}
	if a.ModelName != "" {
		v["model_name"] = a.ModelName
	}
	return v
}

func jsonFile(b []byte) func(string) error {
	return func(path string) error { return os.WriteFile(path, b, 0o644) }
}

// MadxFormat is the format number of madx.json.
const MadxFormat = 1

func marshalMadx(m Madx) ([]byte, error) {
	m.Format = MadxFormat
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", madxFile, err)
	}
	return append(b, '\n'), nil
}

// readMadx reads madx.json; nil when the folder has none.
func readMadx(dir string) (*Madx, error) {
	var m Madx
	err := readJSON(filepath.Join(dir, madxFile), &m)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case m.Format != MadxFormat:
		return nil, fmt.Errorf("%s has format %d, this program knows %d: use a newer one", madxFile, m.Format, MadxFormat)
	}
	return &m, nil
}
