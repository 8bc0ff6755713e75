package activities

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Packed is a document too large to travel through a workflow history as it is: compressed JSON. A payload may hold
// 2 MB; references to artifacts, of which such documents consist, shrink to a fifth.
type Packed []byte

// maxPacked bounds what a packed document unfolds to, in bytes.
const maxPacked = 256 << 20

// Pack compresses a document. The same document gives the same bytes.
func Pack(v any) (Packed, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	body, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(body)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("pack a %T: %w", v, err)
	}
	return b.Bytes(), nil
}

// JSON returns the document as it was.
func (p Packed) JSON() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(p))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(r, maxPacked+1))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(body) > maxPacked {
		return nil, fmt.Errorf("unpack: more than %d bytes", maxPacked)
	}
	return body, nil
}

// Unpack reads the document into v.
func (p Packed) Unpack(v any) error {
	body, err := p.JSON()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("unpack into a %T: %w", v, err)
	}
	return nil
}
