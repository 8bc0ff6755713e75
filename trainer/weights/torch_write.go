package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"path/filepath"
	"strings"
)

// WriteTorch writes a state dict in torch's zip container, as torch.save does, for torch.load(weights_only=True). The
// same tensors give the same bytes (names in byte order, no time stamps). The file appears under its name only when whole.
func WriteTorch(path string, m Map) error {
	for name, t := range m {
		if err := t.check(); err != nil {
			return fmt.Errorf("writing %s: tensor %q: %w", path, name, err)
		}
	}
	root := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	names := m.Names()
	return writeAtomic(path, func(w io.Writer) error {
		c := &countWriter{w: w}
		z := zip.NewWriter(c)
		pkl, err := pickleStateDict(names, m)
		if err != nil {
			return err
		}
		put := func(name string, data []byte) error { return storeAligned(z, c, root+"/"+name, data) }
		if err := put("data.pkl", pkl); err != nil {
			return err
		}
		if err := put("byteorder", []byte("little")); err != nil {
			return err
		}
		for i, name := range names {
			if err := put(fmt.Sprintf("data/%d", i), m[name].Data); err != nil {
				return err
			}
		}
		if err := put("version", []byte("3\n")); err != nil {
			return err
		}
		return z.Close()
	})
}

// storeAligned stores an entry whose data begin at a multiple of 64 bytes, so that torch can map the file; the padding
// is an extra field, as torch writes it.
func storeAligned(z *zip.Writer, c *countWriter, name string, data []byte) error {
	if err := z.Flush(); err != nil {
		return err
	}
	const localHeader, extraHeader, align = 30, 4, 64
	at := c.n + localHeader + int64(len(name)) + extraHeader
	pad := (align - at%align) % align
	extra := binary.LittleEndian.AppendUint16([]byte("FB"), uint16(pad))
	extra = append(extra, bytes.Repeat([]byte("Z"), int(pad))...)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, Extra: extra, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

var storageNames = func() map[DType]string {
	out := map[DType]string{}
	for name, d := range storageTypes {
		out[d] = name
	}
	return out
}()

// pickleStateDict writes protocol 2 without a memo: {name: _rebuild_tensor_v2(storage i, 0, shape, stride, False,
// OrderedDict())}.
func pickleStateDict(names []string, m Map) ([]byte, error) {
	var b bytes.Buffer
	b.Write([]byte{opProto, 2, opEmptyDict, opMark})
	for i, name := range names {
		t := m[name]
		pickleString(&b, name)
		b.WriteString("ctorch._utils\n_rebuild_tensor_v2\n")
		b.Write([]byte{opMark, opMark})
		pickleString(&b, "storage")
		b.WriteString("ctorch\n" + storageNames[t.DType] + "\n")
		pickleString(&b, fmt.Sprint(i))
		pickleString(&b, "cpu")
		pickleInt(&b, product(t.Shape))
		b.Write([]byte{opTuple, opBinPersID})
		pickleInt(&b, 0)
		stride := make([]int64, len(t.Shape))
		for k, step := len(t.Shape)-1, int64(1); k >= 0; k-- {
			stride[k] = step
			step *= max(t.Shape[k], 1)
		}
		for _, dims := range [][]int64{t.Shape, stride} {
			b.WriteByte(opMark)
			for _, d := range dims {
				pickleInt(&b, d)
			}
			b.WriteByte(opTuple)
		}
		b.WriteByte(opNewFalse)
		b.WriteString("ccollections\nOrderedDict\n")
		b.Write([]byte{opEmptyTuple, opReduce, opTuple, opReduce})
	}
	b.Write([]byte{opSetItems, opStop})
	if b.Len() > maxPickle {
		return nil, fmt.Errorf("%d tensors need a pickle of %d bytes", len(names), b.Len())
	}
	return b.Bytes(), nil
}

func pickleString(b *bytes.Buffer, s string) {
	b.WriteByte(opBinUnicode)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
	b.WriteString(s)
}

func pickleInt(b *bytes.Buffer, v int64) {
	if v >= 0 && v <= math.MaxInt32 {
		b.WriteByte(opBinInt)
		b.Write(binary.LittleEndian.AppendUint32(nil, uint32(v)))
		return
	}
	b.Write([]byte{opLong1, 8})
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
}
