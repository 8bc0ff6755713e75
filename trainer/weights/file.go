package weights

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// maxTensors bounds the number of tensors of one file; the largest encoders have a few hundred.
const maxTensors = 1 << 20

// File is an opened weight file whose tensors are read one at a time, so that a large model never lies in memory twice.
// It is safe for concurrent use until Close.
type File struct {
	path    string
	meta    map[string]string
	entries map[string]entry
	r       io.ReaderAt
	size    int64
	close   func() error
}

// entry says where a tensor's elements lie: element (i, j, …) is at offset + (i·stride[0] + j·stride[1] + …)·size.
type entry struct {
	info   Info
	offset int64
	stride []int64 // in elements; nil for a contiguous tensor
}

// Open opens a weight file of any of the three containers, told apart by their first bytes.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if st.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s: is a folder, not a weight file", path), f.Close())
	}
	w, err := newFile(f, st.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	w.path, w.close = path, f.Close
	return w, nil
}

// newFile reads the directory of tensors, not the tensors.
func newFile(r io.ReaderAt, size int64) (*File, error) {
	var head [16]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch kind(head[:n]) {
	case kindTorchZip:
		return openTorchZip(r, size)
	case kindTorchLegacy:
		return openTorchLegacy(r, size)
	case kindLFS:
		return nil, errors.New("is a Git LFS pointer, not the weights: fetch the file itself")
	}
	return openSafetensors(r, size)
}

type container int

const (
	kindSafetensors container = iota
	kindTorchZip
	kindTorchLegacy
	kindLFS
)

func kind(head []byte) container {
	switch {
	case len(head) >= 4 && string(head[:4]) == "PK\x03\x04":
		return kindTorchZip
	case len(head) >= 2 && head[0] == opProto && head[1] <= 5:
		// A safetensors header whose length begins with these two bytes has '{' at its ninth.
		if len(head) < 9 || head[8] != '{' {
			return kindTorchLegacy
		}
	case len(head) >= 8 && string(head[:8]) == "version ":
		return kindLFS
	}
	return kindSafetensors
}

// Close closes the file.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// Path is the path the file was opened by.
func (f *File) Path() string { return f.path }

// Meta is the safetensors metadata, nil for other containers.
func (f *File) Meta() map[string]string { return f.meta }

// Names returns the tensors' names in byte order.
func (f *File) Names() []string {
	names := make([]string, 0, len(f.entries))
	for name := range f.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Info describes a tensor; false when there is none of that name.
func (f *File) Info(name string) (Info, bool) {
	e, ok := f.entries[name]
	return e.info, ok
}

// Read reads one tensor into fresh memory.
func (f *File) Read(name string) (Tensor, error) {
	e, ok := f.entries[name]
	if !ok {
		return Tensor{}, fmt.Errorf("%s: holds no tensor %q", f.path, name)
	}
	data, err := f.read(e)
	if err != nil {
		return Tensor{}, fmt.Errorf("%s: tensor %q: %w", f.path, name, err)
	}
	return Tensor{DType: e.info.DType, Shape: slices.Clone(e.info.Shape), Data: data}, nil
}

// ReadAll reads every tensor. A file whose tensors share memory so that they would take far more room than the file is
// refused.
func (f *File) ReadAll() (Map, error) {
	var total int64
	for _, name := range f.Names() {
		total += f.entries[name].info.Bytes()
		if total > 4*f.size+1<<20 {
			return nil, fmt.Errorf("%s: its tensors need more than four times the size of the file", f.path)
		}
	}
	m := make(Map, len(f.entries))
	for _, name := range f.Names() {
		t, err := f.Read(name)
		if err != nil {
			return nil, err
		}
		m[name] = t
	}
	return m, nil
}

func (f *File) read(e entry) ([]byte, error) {
	data := make([]byte, e.info.Bytes())
	if e.stride == nil {
		if _, err := f.r.ReadAt(data, e.offset); err != nil {
			return nil, fmt.Errorf("reading %d bytes at %d: %w", len(data), e.offset, err)
		}
		return data, nil
	}
	size := e.info.DType.Size()
	span := int64(1) // elements from the first to the last one used
	for i, d := range e.info.Shape {
		span += (d - 1) * e.stride[i]
	}
	raw := make([]byte, span*size)
	if _, err := f.r.ReadAt(raw, e.offset); err != nil {
		return nil, fmt.Errorf("reading %d bytes at %d: %w", len(raw), e.offset, err)
	}
	at := make([]int64, len(e.info.Shape))
	for dst := int64(0); dst < int64(len(data)); dst += size {
		src := int64(0)
		for i, k := range at {
			src += k * e.stride[i]
		}
		copy(data[dst:dst+size], raw[src*size:])
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < e.info.Shape[i] {
				break
			}
			at[i] = 0
		}
	}
	return data, nil
}
