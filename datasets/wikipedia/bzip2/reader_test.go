package bzip2

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"madx/datasets/wikipedia/bzip2/bziptest"
)

// decompress reads all of b with so many workers.
func decompress(ctx context.Context, b []byte, workers int) ([]byte, error) {
	r := NewReader(ctx, bytes.NewReader(b), int64(len(b)), workers)
	defer r.Close()
	return io.ReadAll(r)
}

// standard decompresses with the standard library, for comparison.
func standard(b []byte) ([]byte, error) { return io.ReadAll(stdbzip2.NewReader(bytes.NewReader(b))) }

// inputs are files of many kinds by name.
func inputs() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 30_000)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	few := make([]byte, 50_000)
	for i := range few {
		few[i] = "ab"[rng.IntN(2)]
	}
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "In the year %d the lake froze %d times.\n", 1200+i%700, i*i%17)
	}
	text := []byte(lines.String())
	runs := []byte(strings.Repeat("a", 3) + strings.Repeat("b", 4) + strings.Repeat("c", 5) + strings.Repeat("d", 259) +
		strings.Repeat("e", 260) + strings.Repeat("\x00", 70_000) + "aaaa" + "bbbb" + "aaaab")
	return map[string][]byte{
		"one byte":       bziptest.Compress([]byte("x"), 1000),
		"text":           bziptest.Compress(text, 900_000),
		"many blocks":    bziptest.Compress(text, 1000),
		"tiny blocks":    bziptest.Compress(text[:2000], 7),
		"random":         bziptest.Compress(random, 20_000),
		"few symbols":    bziptest.Compress(few, 50_000),
		"runs":           bziptest.Compress(runs, 900_000),
		"periodic":       bziptest.Compress([]byte(strings.Repeat("abc", 3000)), 9000),
		"multistream":    bziptest.Multistream([][]byte{text[:5000], text[5000:5001], text[5001:]}, 4000),
		"empty streams":  bziptest.Multistream([][]byte{nil, text[:500], nil, nil, text[500:900], nil}, 400),
		"only empty":     bziptest.Compress(nil, 1000),
		"false mark":     falseMark(),
		"expands a lot":  bziptest.Compress(bytes.Repeat([]byte("y"), 3<<20), 3<<20),
		"chunk boundary": bziptest.Compress(bytes.Repeat([]byte("z"), chunkSize), 2<<20),
	}
}

// falseMark is a block whose compressed data holds two block marks and an end mark.
func falseMark() []byte {
	var symbols []uint16
	add := func(b ...uint16) { symbols = append(symbols, b...) }
	add(7, 9, 30)
	add(0x31, 0x41, 0x59, 0x26, 0x53, 0x59)
	for i := range 300 {
		add(uint16(2 + i*7%200))
	}
	add(0x17, 0x72, 0x45, 0x38, 0x50, 0x90)
	add(0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 40, 50)
	const origin = 11
	b := bziptest.Symbols(symbols, origin, 0)
	var d decoder
	d.start(bytes.NewReader(b), 32, len(b))
	if _, _, err := d.entropy(); err != nil {
		panic(err)
	}
	crc, _ := d.expand(origin, func([]byte) bool { return true })
	return bziptest.Symbols(symbols, origin, crc)
}

func TestSameAsStandardLibrary(t *testing.T) {
	for name, b := range inputs() {
		t.Run(name, func(t *testing.T) {
			want, err := standard(b)
			if err != nil {
				t.Fatalf("the test's own file is wrong: %v", err)
			}
			for _, workers := range []int{1, 2, 7} {
				got, err := decompress(t.Context(), b, workers)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d workers: %d bytes, %v; want %d bytes", workers, len(got), err, len(want))
				}
			}
		})
	}
}

func TestFalseMarksAreCandidates(t *testing.T) {
	found := 0
	b := falseMark()
	if err := scan(bytes.NewReader(b), int64(len(b)), func(int64) bool { found++; return true }); err != nil || found != 3 {
		t.Errorf("found %d marks, %v; the file should hold one true and two false ones", found, err)
	}
}

// TestScanAtEveryBit puts a mark at each alignment and across the scan buffer's end.
func TestScanAtEveryBit(t *testing.T) {
	for _, at := range []int64{0, 1, 7, 8, 13, scanBuffer*8 - 53, scanBuffer*8 - 3, scanBuffer * 8, scanBuffer*8 + 5} {
		b := make([]byte, scanBuffer+100)
		for i := range int64(markBits) {
			bit := at + i
			b[bit>>3] |= byte(uint64(blockMark)>>(markBits-1-i)&1) << (7 - bit&7)
		}
		var got []int64
		if err := scan(bytes.NewReader(b), int64(len(b)), func(bit int64) bool { got = append(got, bit); return true }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0] != at {
			t.Errorf("mark at %d found at %v", at, got)
		}
	}
}

func TestDamage(t *testing.T) {
	whole := inputs()["multistream"]
	want, err := standard(whole)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, b []byte) {
		t.Helper()
		got, err := decompress(t.Context(), b, 3)
		var damage *Error
		if !errors.As(err, &damage) || damage.Offset < 0 || damage.Offset > int64(len(b)) {
			t.Fatalf("%s: error %v", what, err)
		}
		if !bytes.HasPrefix(want, got) && len(got) > len(want) {
			t.Fatalf("%s: %d bytes that are not in the original", what, len(got))
		}
	}
	boundaries := map[int]bool{0: true, len(whole): true} // a cut between streams cannot be seen
	text := want
	boundaries[len(bziptest.Multistream([][]byte{text[:5000]}, 4000))] = true
	boundaries[len(bziptest.Multistream([][]byte{text[:5000], text[5000:5001]}, 4000))] = true
	for n := 0; n < len(whole); n += 1 + len(whole)/400 {
		if !boundaries[n] {
			check(fmt.Sprintf("cut at %d", n), whole[:n])
		}
	}
	for i := 0; i < 400; i++ {
		bit := 32 + i*(len(whole)*8-32)/400
		b := bytes.Clone(whole)
		b[bit>>3] ^= 0x80 >> (bit & 7)
		got, err := decompress(t.Context(), b, 2)
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("bit %d flipped: wrong bytes without an error", bit)
		}
	}
	check("rubbish behind the end", append(bytes.Clone(whole), "rubbish"...))
	check("rubbish", []byte("BZh9rubbish"))
}

func TestCancel(t *testing.T) {
	b := inputs()["many blocks"]
	ctx, cancel := context.WithCancel(t.Context())
	r := NewReader(ctx, bytes.NewReader(b), int64(len(b)), 2)
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
	r.Close()
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("a closed reader reads")
	}
}

// failingReaderAt fails from an offset on.
type failingReaderAt struct {
	io.ReaderAt
	from int64
}

var errDisk = errors.New("disk failure")

func (f failingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestReadErrorIsReported(t *testing.T) {
	b := inputs()["many blocks"]
	r := NewReader(t.Context(), failingReaderAt{bytes.NewReader(b), 1000}, int64(len(b)), 2)
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, errDisk) {
		t.Errorf("error is %v", err)
	}
}
