package weights

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"path"
	"strings"
)

// ReadTorch reads a whole .bin file: torch's zip container or the one it wrote before 1.6. A tensor that several names
// share is copied for each.
func ReadTorch(path string) (Map, error) { return readAll(path, kindTorchZip, kindTorchLegacy) }

// openTorchZip reads the zip container: ROOT/data.pkl, whose persistent ids name the stored entries ROOT/data/KEY.
func openTorchZip(r io.ReaderAt, size int64) (*File, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("torch zip: %w", err)
	}
	byName := make(map[string]*zip.File, len(z.File))
	root := ""
	for _, f := range z.File {
		if _, dup := byName[f.Name]; dup {
			return nil, fmt.Errorf("torch zip: entry %q is there twice", f.Name)
		}
		byName[f.Name] = f
		if path.Base(f.Name) == "data.pkl" && strings.Count(f.Name, "/") == 1 {
			root = path.Dir(f.Name) + "/"
		}
	}
	if root == "" {
		return nil, errors.New("torch zip: no data.pkl inside: not a file of torch.save")
	}
	if _, ok := byName[root+"constants.pkl"]; ok {
		return nil, errors.New("torch zip: a TorchScript archive holds a program, not only weights: refused")
	}
	if err := checkByteOrder(byName[root+"byteorder"]); err != nil {
		return nil, err
	}
	storages := map[string]*torchStorage{}
	m := machine{find: findGlobal, call: callGlobal, persistent: func(id any) (any, error) {
		s, err := storageOf(id, storages)
		if err != nil || s.placed {
			return s, err
		}
		return s, placeZip(s, byName[root+"data/"+s.key], size)
	}}
	pkl, err := byName[root+"data.pkl"].Open()
	if err != nil {
		return nil, fmt.Errorf("torch zip: data.pkl: %w", err)
	}
	m.r = bufio.NewReader(io.LimitReader(pkl, maxPickle))
	v, err := m.run()
	if err := errors.Join(err, pkl.Close()); err != nil {
		return nil, fmt.Errorf("torch zip: data.pkl: %w", err)
	}
	entries, err := stateDict(v)
	if err != nil {
		return nil, fmt.Errorf("torch zip: %w", err)
	}
	return &File{entries: entries, r: r, size: size}, nil
}

func checkByteOrder(f *zip.File) error {
	if f == nil {
		return nil // not written before torch 2.1; always little-endian in practice
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("torch zip: byteorder: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, 16))
	if err := errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("torch zip: byteorder: %w", err)
	}
	if string(b) != "little" {
		return fmt.Errorf("torch zip: byte order %q is not supported, save the file on a little-endian machine", b)
	}
	return nil
}

func placeZip(s *torchStorage, f *zip.File, size int64) error {
	want := Info{s.dtype, []int64{s.numel}}.Bytes()
	switch {
	case f == nil:
		return fmt.Errorf("storage %q is missing from the archive", s.key)
	case f.Method != zip.Store:
		return fmt.Errorf("storage %q is compressed: unpack and store the archive again (torch itself never compresses)", s.key)
	case want < 0 || f.UncompressedSize64 > math.MaxInt64 || int64(f.UncompressedSize64) < want:
		return fmt.Errorf("storage %q has %d bytes, %d %s elements need more", s.key, f.UncompressedSize64, s.numel, s.dtype)
	}
	at, err := f.DataOffset()
	if err != nil {
		return fmt.Errorf("storage %q: %w", s.key, err)
	}
	if at < 0 || at > size || want > size-at {
		return fmt.Errorf("storage %q lies outside the file", s.key)
	}
	s.offset, s.placed = at, true
	return nil
}

// storageOf resolves ("storage", type, key, location, numel[, view]); the same key is the same storage.
func storageOf(id any, seen map[string]*torchStorage) (*torchStorage, error) {
	t, ok := id.(pyTuple)
	if !ok || len(t) < 5 || t[0] != "storage" {
		return nil, fmt.Errorf("a persistent id that is %s is refused", describe(id))
	}
	typ, ok1 := t[1].(pyGlobal)
	key, ok2 := t[2].(string)
	numel, ok3 := t[4].(int64)
	if !ok1 || !ok2 || !ok3 || numel < 0 || storageTypes[typ.name] == "" {
		return nil, errors.New("a storage of an unknown form is refused")
	}
	if len(t) > 5 && t[5] != nil {
		return nil, errors.New("a view of a storage (torch before 0.4) is refused: load and save the file with a newer torch")
	}
	if s := seen[key]; s != nil {
		if s.dtype != storageTypes[typ.name] || s.numel != numel {
			return nil, fmt.Errorf("storage %q is described in two ways", key)
		}
		return s, nil
	}
	s := &torchStorage{key: key, dtype: storageTypes[typ.name], numel: numel}
	seen[key] = s
	return s, nil
}

var (
	legacyMagic, _       = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)
	legacyVersion  int64 = 1001
)

// openTorchLegacy reads the container from before torch 1.6: five pickles (magic number, version, machine, the value,
// the storages' keys), then each storage as a count and its elements, in the order of the keys.
func openTorchLegacy(r io.ReaderAt, size int64) (*File, error) {
	c := &countReader{r: io.NewSectionReader(r, 0, size)}
	br := bufio.NewReader(c)
	storages := map[string]*torchStorage{}
	m := machine{r: br, find: findGlobal, call: callGlobal, persistent: func(id any) (any, error) { return storageOf(id, storages) }}
	magic, err := m.run()
	if b, ok := magic.(*big.Int); err != nil || !ok || b.Cmp(legacyMagic) != 0 {
		return nil, errors.Join(errors.New("a pickle, but not a file of torch.save"), err)
	}
	version, err := m.run()
	if err != nil || version != any(legacyVersion) {
		return nil, errors.Join(errors.New("torch file before 1.6: unknown version"), err)
	}
	machineInfo, err := m.run()
	if err != nil {
		return nil, fmt.Errorf("torch file before 1.6: %w", err)
	}
	if d, ok := machineInfo.(*pyDict); !ok || d.values["little_endian"] != any(true) {
		return nil, errors.New("torch file before 1.6: not little-endian: not supported")
	}
	value, err := m.run()
	if err != nil {
		return nil, fmt.Errorf("torch file before 1.6: %w", err)
	}
	keys, err := m.run()
	if err != nil {
		return nil, fmt.Errorf("torch file before 1.6: storage keys: %w", err)
	}
	list, ok := keys.(*pyList)
	if !ok {
		return nil, fmt.Errorf("torch file before 1.6: storage keys are %s", describe(keys))
	}
	if err := placeLegacy(list.items, storages, r, c.n-int64(br.Buffered()), size); err != nil {
		return nil, fmt.Errorf("torch file before 1.6: %w", err)
	}
	entries, err := stateDict(value)
	if err != nil {
		return nil, fmt.Errorf("torch file before 1.6: %w", err)
	}
	return &File{entries: entries, r: r, size: size}, nil
}

func placeLegacy(keys []any, storages map[string]*torchStorage, r io.ReaderAt, at, size int64) error {
	for _, k := range keys {
		key, ok := k.(string)
		s := storages[key]
		if !ok || s == nil || s.placed {
			return fmt.Errorf("storage %q has data but is not used, or twice", key)
		}
		var count [8]byte
		if _, err := r.ReadAt(count[:], at); err != nil {
			return fmt.Errorf("storage %q: %w", key, err)
		}
		at += 8
		want := Info{s.dtype, []int64{s.numel}}.Bytes()
		if binary.LittleEndian.Uint64(count[:]) != uint64(s.numel) || want < 0 || want > size-at {
			return fmt.Errorf("storage %q: %d elements announced, %d in its data, %d bytes left", key, s.numel, binary.LittleEndian.Uint64(count[:]), size-at)
		}
		s.offset, s.placed = at, true
		at += want
	}
	return nil
}

type countReader struct {
	r io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
