package mirror

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
)

// mismatch means that all bytes came and are not the right ones.
type mismatch struct{ got, want string }

func (m mismatch) Error() string { return fmt.Sprintf("digest is %s instead of %s", m.got, m.want) }

// digest computes what the status file gives: SHA-1 if it is there, else MD5.
func (f File) digest() (h hash.Hash, want string) {
	if f.SHA1 != "" {
		return sha1.New(), f.SHA1
	}
	return md5.New(), f.MD5
}

func verify(ctx context.Context, path string, f File) error {
	h, want := f.digest()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := copyUpTo(ctx, h, file, f.Size); err != nil {
		return err
	}
	return compare(h, want)
}

func compare(h hash.Hash, want string) error {
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return mismatch{got, want}
	}
	return nil
}

// part brings path to f's full size, continuing what is there, and verifies it.
func (o Options) part(ctx context.Context, f File, path string, p *progress) error {
	out, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	h, want := f.digest()
	have, err := copyUpTo(ctx, h, out, f.Size)
	if err != nil {
		return err
	}
	p.add(have)
	err = o.retry(ctx, func() (bool, error) {
		if have == f.Size {
			return false, nil
		}
		before := have
		err := o.get(ctx, f.URL, rangeFrom(have), func(resp *http.Response, r io.Reader) error {
			if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0 {
				return errRestart
			}
			if err := answered(resp, http.StatusOK, http.StatusPartialContent); err != nil {
				return err
			}
			if resp.StatusCode == http.StatusOK && have > 0 { // the mirror does not resume
				return errRestart
			}
			if err := checkLength(resp, have, f.Size); err != nil {
				return err
			}
			_, err := copyUpTo(ctx, writer(func(b []byte) error {
				h.Write(b)
				n, err := out.WriteAt(b, have)
				have += int64(n)
				p.add(int64(n))
				return err
			}), r, f.Size-have)
			if err == nil && have < f.Size {
				err = fmt.Errorf("connection ended after %d of %d bytes: %w", have, f.Size, io.ErrUnexpectedEOF)
			}
			return err
		})
		if errors.Is(err, errRestart) {
			p.add(-have)
			have, before = 0, 0
			h.Reset()
		}
		return have > before, err
	})
	if err != nil {
		return err
	}
	if err := compare(h, want); err != nil {
		return err
	}
	if err := out.Truncate(f.Size); err != nil { // an earlier, longer part
		return err
	}
	return out.Sync()
}

var errRestart = errors.New("the mirror does not continue downloads; starting over")

func rangeFrom(have int64) http.Header {
	h := http.Header{}
	if have > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	return h
}

// checkLength refuses an answer that says beforehand that it is not the rest of the file.
func checkLength(resp *http.Response, have, size int64) error {
	if resp.StatusCode == http.StatusPartialContent {
		var first, last, total int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil || first != have || total != size {
			return permanent{fmt.Errorf("asked for bytes %d- of %d and got %q", have, size, resp.Header.Get("Content-Range"))}
		}
	}
	if resp.ContentLength >= 0 && resp.ContentLength != size-have {
		return permanent{fmt.Errorf("the mirror sends %d bytes, its dumpstatus.json says %d", resp.ContentLength+have, size)}
	}
	return nil
}

// writer is a function that takes all bytes it is given.
type writer func([]byte) error

func (w writer) Write(b []byte) (int, error) { return len(b), w(b) }

// copyUpTo copies at most n bytes, less at the end of r, and stops when ctx does.
func copyUpTo(ctx context.Context, w io.Writer, r io.Reader, n int64) (done int64, err error) {
	buf := make([]byte, min(n, 256<<10))
	for done < n && ctx.Err() == nil {
		k, err := r.Read(buf[:min(n-done, int64(len(buf)))])
		if _, werr := w.Write(buf[:k]); werr != nil {
			return done, permanent{werr}
		}
		done += int64(k)
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
	}
	return done, ctx.Err()
}
