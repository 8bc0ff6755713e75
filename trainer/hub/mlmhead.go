package hub

import (
	"errors"
	"fmt"
	"path/filepath"

	"madx/trainer/weights"
)

// MLMHead is a masked-LM head trained separately for a base that comes without one. Its output embedding is the base's
// input embedding.
type MLMHead struct {
	Tensors weights.Map // MLMHeadShapes
	Madx    *Madx
	Digest  string // of the file with the weights, filled by OpenMLMHead
}

// OpenMLMHead reads a folder that SaveMLMHead wrote and checks that it fits the base. baseDigest (Model.Digest) may be
// empty: then only the shapes are compared.
func OpenMLMHead(dir string, base Config, baseDigest string) (*MLMHead, error) {
	path := filepath.Join(dir, mlmHeadFile)
	m, err := weights.ReadSafetensors(path)
	if err != nil {
		return nil, fmt.Errorf("masked-LM head %s: %w", dir, err)
	}
	if err := matchShapes("masked-LM head", m, MLMHeadShapes(base)); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	meta, err := readMadx(dir)
	if err != nil {
		return nil, fmt.Errorf("masked-LM head %s: %w", dir, err)
	}
	if meta != nil && meta.BaseDigest != "" && baseDigest != "" && meta.BaseDigest != baseDigest {
		return nil, fmt.Errorf("masked-LM head %s was trained on base model %.12s, this one is %.12s: train it again on this base", dir, meta.BaseDigest, baseDigest)
	}
	sum, err := DigestFile(path)
	if err != nil {
		return nil, fmt.Errorf("masked-LM head %s: %w", dir, err)
	}
	return &MLMHead{Tensors: m, Madx: meta, Digest: sum}, nil
}

// SaveMLMHead writes the folder by one rename; dir must not exist, or be empty.
func SaveMLMHead(dir string, base Config, h MLMHead) error {
	if err := matchShapes("masked-LM head", h.Tensors, MLMHeadShapes(base)); err != nil {
		return fmt.Errorf("saving masked-LM head %s: %w", dir, err)
	}
	if h.Madx == nil {
		return errors.New("saving masked-LM head: madx.json is required, it says which base the head belongs to")
	}
	b, err := marshalMadx(*h.Madx)
	if err != nil {
		return fmt.Errorf("saving masked-LM head %s: %w", dir, err)
	}
	err = WriteFolder(dir, map[string]func(string) error{
		mlmHeadFile: func(p string) error { return weights.WriteSafetensors(p, h.Tensors, nil) },
		madxFile:    jsonFile(b),
	})
	if err != nil {
		return fmt.Errorf("saving masked-LM head %s: %w", dir, err)
	}
	return nil
}
