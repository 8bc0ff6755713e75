package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// The format: https://github.com/huggingface/safetensors. u64 header length, JSON header, then the tensors' bytes,
// which must cover the rest of the file without holes or overlap.

// maxHeader is the reference implementation's limit.
const maxHeader = 100_000_000

const metaKey = "__metadata__"

type headerEntry struct {
	DType   DType    `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// ReadSafetensors reads a whole safetensors file.
func ReadSafetensors(path string) (Map, error) { return readAll(path, kindSafetensors) }

func readAll(path string, want ...container) (m Map, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var head [16]byte
	if n, err := f.r.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if !slices.Contains(want, kind(head[:n])) {
		return nil, fmt.Errorf("%s: is another kind of weight file than its name says", path)
	}
	return f.ReadAll()
}

func openSafetensors(r io.ReaderAt, size int64) (*File, error) {
	if size < 8 {
		return nil, fmt.Errorf("%d bytes are too few for a weight file", size)
	}
	var lead [8]byte
	if _, err := r.ReadAt(lead[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(lead[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("neither a torch file nor safetensors: a header of %d bytes does not fit (limit %d, file %d)", n, maxHeader, size)
	}
	head := make([]byte, n)
	if _, err := r.ReadAt(head, 8); err != nil {
		return nil, err
	}
	raw, meta, err := parseHeader(head)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	entries, err := placeEntries(raw, 8+int64(n), size)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	return &File{meta: meta, entries: entries, r: r, size: size}, nil
}

// parseHeader reads the JSON key by key, because a repeated key must be refused, not resolved.
func parseHeader(head []byte) (map[string]headerEntry, map[string]string, error) {
	if len(head) == 0 || head[0] != '{' {
		return nil, nil, errors.New("does not begin with '{'")
	}
	dec := json.NewDecoder(bytes.NewReader(head))
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	raw := map[string]headerEntry{}
	var meta map[string]string
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		name, ok := tok.(string)
		if !ok {
			return nil, nil, errors.New("a key is not a string")
		}
		if name == metaKey {
			if meta != nil {
				return nil, nil, errors.New("metadata given twice")
			}
			meta = map[string]string{}
			if err := dec.Decode(&meta); err != nil {
				return nil, nil, fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		if _, dup := raw[name]; dup {
			return nil, nil, fmt.Errorf("tensor %q given twice", name)
		}
		if len(raw) >= maxTensors {
			return nil, nil, fmt.Errorf("more than %d tensors", maxTensors)
		}
		var e headerEntry
		if err := dec.Decode(&e); err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		raw[name] = e
	}
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	if rest := bytes.Trim(head[dec.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, errors.New("text after the closing brace")
	}
	return raw, meta, nil
}

func placeEntries(raw map[string]headerEntry, base, size int64) (map[string]entry, error) {
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(raw[a].Offsets[0], raw[b].Offsets[0]), cmp.Compare(raw[a].Offsets[1], raw[b].Offsets[1]), cmp.Compare(a, b))
	})
	entries := make(map[string]entry, len(raw))
	next := int64(0)
	for _, name := range names {
		h := raw[name]
		info := Info{h.DType, h.Shape}
		want := info.Bytes()
		switch {
		case h.DType.Size() == 0:
			return nil, fmt.Errorf("tensor %q has type %q, which is not supported", name, string(h.DType))
		case want < 0:
			return nil, fmt.Errorf("tensor %q has the impossible shape %v", name, h.Shape)
		case h.Offsets[0] != next || h.Offsets[1] < next || h.Offsets[1]-next != want:
			return nil, fmt.Errorf("tensor %q (%s %v) lies at %v, expected %d bytes from %d", name, h.DType, h.Shape, h.Offsets, want, next)
		}
		next = h.Offsets[1]
		entries[name] = entry{info: info, offset: base + h.Offsets[0]}
	}
	if next != size-base {
		return nil, fmt.Errorf("tensors take %d bytes, the file has %d", next, size-base)
	}
	return entries, nil
}

// WriteSafetensors writes the tensors; the same tensors and metadata give the same bytes, which are those of the
// reference implementation: types by falling size, then names in byte order. The file appears under its name only when
// whole.
func WriteSafetensors(path string, m Map, meta map[string]string) error {
	infos := make(map[string]Info, len(m))
	for name, t := range m {
		if err := t.check(); err != nil {
			return fmt.Errorf("writing %s: tensor %q: %w", path, name, err)
		}
		infos[name] = t.Info()
	}
	return StreamSafetensors(path, infos, meta, func(name string, w io.Writer) error {
		_, err := w.Write(m[name].Data)
		return err
	})
}

// StreamSafetensors writes a file like WriteSafetensors whose tensors are produced one at a time, in the file's order;
// emit must write exactly the bytes of the tensor.
func StreamSafetensors(path string, infos map[string]Info, meta map[string]string, emit func(name string, w io.Writer) error) error {
	names, head, err := safetensorsHeader(infos, meta)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return writeAtomic(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		for _, name := range names {
			c := &countWriter{w: w}
			if err := emit(name, c); err != nil {
				return fmt.Errorf("tensor %q: %w", name, err)
			}
			if want := infos[name].Bytes(); c.n != want {
				return fmt.Errorf("tensor %q: %d bytes produced, %d expected", name, c.n, want)
			}
		}
		return nil
	})
}

func safetensorsHeader(infos map[string]Info, meta map[string]string) ([]string, []byte, error) {
	names := make([]string, 0, len(infos))
	for name, info := range infos {
		if name == metaKey || info.Bytes() < 0 {
			return nil, nil, fmt.Errorf("tensor %q of type %q and shape %v cannot be written", name, string(info.DType), info.Shape)
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(typeRank(infos[a].DType), typeRank(infos[b].DType)), cmp.Compare(a, b))
	})
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	sep := "{"
	field := func(key string, value any) error {
		buf.WriteString(sep)
		sep = ","
		if err := enc.Encode(key); err != nil {
			return err
		}
		buf.Truncate(buf.Len() - 1) // Encode ends with a newline
		buf.WriteByte(':')
		err := enc.Encode(value)
		buf.Truncate(buf.Len() - 1)
		return err
	}
	if len(meta) > 0 {
		if err := field(metaKey, meta); err != nil {
			return nil, nil, err
		}
	}
	next := int64(0)
	for _, name := range names {
		info := infos[name]
		if info.Bytes() > math.MaxInt64-next {
			return nil, nil, errors.New("tensors too large")
		}
		end := next + info.Bytes()
		if err := field(name, headerEntry{info.DType, append([]int64{}, info.Shape...), [2]int64{next, end}}); err != nil {
			return nil, nil, err
		}
		next = end
	}
	if sep == "{" {
		buf.WriteByte('{')
	}
	buf.WriteByte('}')
	for buf.Len()%8 != 0 {
		buf.WriteByte(' ')
	}
	if buf.Len() > maxHeader {
		return nil, nil, fmt.Errorf("a header of %d bytes is over the format's limit", buf.Len())
	}
	return names, append(binary.LittleEndian.AppendUint64(nil, uint64(buf.Len())), buf.Bytes()...), nil
}

// typeRank is the reference implementation's order of types, largest and newest first.
func typeRank(d DType) int {
	return slices.Index([]DType{I64, F64, F32, I32, BF16, F16, I16, I8, U8, Bool}, d)
}
