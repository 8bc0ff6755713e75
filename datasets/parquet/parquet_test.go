package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"madx/datasets/input"
	"madx/datasets/parquet/parquettest"
)

type answers struct {
	Text  []string `parquet:"text,list"`
	Start []int32  `parquet:"answer_start,list"`
}

type example struct {
	Plain   string   `parquet:"plain,plain"`
	Dict    string   `parquet:"dict,dict"`
	Length  string   `parquet:"length"` // the writer's own choice: lengths first
	Prefix  string   `parquet:"prefix,delta"`
	Maybe   *string  `parquet:"maybe,optional"`
	Tokens  []string `parquet:"tokens,list"`
	Tags    []int64  `parquet:"ner_tags,list,dict"`
	Bare    []int64  `parquet:"bare"` // repeated, without a list around it
	Delta   int64    `parquet:"delta,delta"`
	Delta32 int32    `parquet:"delta32,delta"`
	Score   float64  `parquet:"score"`
	Small   float32  `parquet:"small"`
	Good    bool     `parquet:"good"`
	Answers answers  `parquet:"answers"`
}

func examples(n int) []example {
	out := make([]example, n)
	for i := range out {
		text := fmt.Sprintf("text %d ß", i*i)
		e := example{Plain: text, Dict: []string{"cause", "effect", ""}[i%3], Length: strings.Repeat("x", i%40), Prefix: fmt.Sprintf("id-%05d", i),
			Delta: int64(i)*int64(i)*1_000_003 - 5_000_000, Delta32: int32(i*i) - 77, Score: float64(i) / 3, Small: float32(i) / 4, Good: i%3 == 0}
		if i%4 == 0 {
			e.Maybe = &text
		}
		for k := range i % 7 {
			e.Tokens, e.Tags, e.Bare = append(e.Tokens, fmt.Sprint("w", k*i)), append(e.Tags, int64(k)), append(e.Bare, int64(-k))
			e.Answers.Text, e.Answers.Start = append(e.Answers.Text, text), append(e.Answers.Start, int32(k))
		}
		out[i] = e
	}
	return out
}

func open(data []byte, limits input.Limits) (*File, error) {
	return New(bytes.NewReader(data), int64(len(data)), "f", limits)
}

func list[T any](in []T, each func(T) any) []any {
	out := []any{}
	for _, v := range in {
		out = append(out, each(v))
	}
	return out
}

func want(e example) Row {
	text := func(s string) any { return s }
	number := func(n int64) any { return n }
	r := Row{"plain": e.Plain, "dict": e.Dict, "length": e.Length, "prefix": e.Prefix, "maybe": nil, "tokens": list(e.Tokens, text), "ner_tags": list(e.Tags, number),
		"bare": list(e.Bare, number), "delta": e.Delta, "delta32": int64(e.Delta32), "score": e.Score, "small": float64(e.Small), "good": e.Good,
		"answers.text": list(e.Answers.Text, text), "answers.answer_start": list(e.Answers.Start, func(n int32) any { return int64(n) })}
	if e.Maybe != nil {
		r["maybe"] = *e.Maybe
	}
	return r
}

// TestRows reads what another implementation writes, with every compression, page form and encoding that is read.
func TestRows(t *testing.T) {
	rows := examples(1000)
	for name, codec := range map[string]compress.Codec{"none": &pq.Uncompressed, "snappy": &pq.Snappy, "gzip": &pq.Gzip, "zstd": &pq.Zstd} {
		for version := 1; version <= 2; version++ {
			for _, page := range []int{256, 1 << 20} {
				t.Run(fmt.Sprintf("%s/v%d/%d", name, version, page), func(t *testing.T) {
					data := parquettest.Bytes(t, rows, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(page), pq.MaxRowsPerRowGroup(600))
					f, err := open(data, input.Limits{})
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					err = f.Rows(func(number int, r Row) error {
						if number != n+1 {
							t.Errorf("row %d is numbered %d", n+1, number)
						}
						if w := want(rows[n]); !reflect.DeepEqual(r, w) {
							t.Fatalf("row %d:\ngot  %v\nwant %v", number, r, w)
						}
						n++
						return nil
					})
					if err != nil || n != len(rows) {
						t.Errorf("%d rows, %v", n, err)
					}
				})
			}
		}
	}
}

func TestNamedColumns(t *testing.T) {
	f, err := open(parquettest.Bytes(t, examples(3)), input.Limits{})
	if err != nil || !f.Has("answers.text") || f.Has("answers") {
		t.Fatalf("%v", err)
	}
	err = f.Rows(func(_ int, r Row) error {
		if len(r) != 2 || r["dict"] == nil || r["good"] == nil {
			t.Errorf("row %v", r)
		}
		return nil
	}, "good", "dict")
	if err != nil {
		t.Error(err)
	}
	stop := errors.New("enough")
	if err := f.Rows(func(int, Row) error { return stop }); !errors.Is(err, stop) || !strings.Contains(err.Error(), "f: row 1") {
		t.Errorf("a caller's error: %v", err)
	}
	if err := f.Rows(func(int, Row) error { return nil }, "nothing"); err == nil {
		t.Error("columns that are not there are read")
	}
}

func TestClasses(t *testing.T) {
	meta := `{"info": {"features": {"ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}, "tokens": {"_type": "Value"}}}}`
	f, err := open(parquettest.Bytes(t, examples(1), pq.KeyValueMetadata("huggingface", meta)), input.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Classes("ner_tags"); !reflect.DeepEqual(got, []string{"O", "B-PER"}) {
		t.Errorf("classes %v", got)
	}
	if f.Classes("tokens") != nil || f.Classes("nothing") != nil {
		t.Error("classes of columns that have none")
	}
}

// TestDamage cuts a file everywhere and changes every byte of it: no panic, and no more memory than the limits allow.
func TestDamage(t *testing.T) {
	whole := parquettest.Bytes(t, examples(5), pq.Compression(&pq.Snappy))
	read := func(data []byte) error {
		f, err := open(data, input.Limits{Bytes: 1 << 20})
		if err != nil {
			return err
		}
		return f.Rows(func(int, Row) error { return nil })
	}
	for i := range whole {
		if read(whole[:i]) == nil {
			t.Fatalf("a file cut at byte %d of %d is taken", i, len(whole))
		}
	}
	refused := 0
	for i := range whole {
		data := bytes.Clone(whole)
		data[i] ^= 0xff
		if read(data) != nil {
			refused++
		}
	}
	if refused < len(whole)/2 { // the rest is in names, statistics and sizes that nobody needs
		t.Errorf("of %d changed bytes %d are noticed", len(whole), refused)
	}
}

func TestRefused(t *testing.T) {
	whole := parquettest.Bytes(t, examples(5))
	tail := func(n uint32, mark string) []byte {
		return append(binary.LittleEndian.AppendUint32(bytes.Clone(whole[:len(whole)-8]), n), mark...)
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "f: not a whole Parquet file"},
		{"text", []byte("word\tO\nword\tO\n"), "does not end in PAR1"},
		{"encrypted", tail(10, "PARE"), "encrypted"},
		{"metadata as large as it gets", tail(1<<32-1, magic), "too large"},
		{"metadata larger than the file", tail(1<<20, magic), "in a file of"},
		{"Brotli", parquettest.Bytes(t, examples(5), pq.Compression(&pq.Brotli)), "row 1: column plain, page at byte 4: compression Brotli is not read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := open(tt.data, input.Limits{})
			if err == nil {
				err = f.Rows(func(int, Row) error { return nil })
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestBombs reads files that say, in a few kilobytes, that they hold very much.
func TestBombs(t *testing.T) {
	type text struct {
		A string `parquet:"a,plain"`
	}
	type class struct {
		A string `parquet:"a,dict"`
	}
	for name, data := range map[string][]byte{
		"a page of 70 MB":   parquettest.Bytes(t, slices.Repeat([]text{{strings.Repeat("a", 7<<10)}}, 10<<10), pq.Compression(&pq.Zstd), pq.PageBufferSize(1<<30)),
		"five million rows": parquettest.Bytes(t, make([]class, 5_000_000), pq.Compression(&pq.Zstd)),
	} {
		t.Run(name, func(t *testing.T) {
			if len(data) > 200<<10 {
				t.Fatalf("no bomb: %d bytes", len(data))
			}
			f, err := open(data, input.Limits{})
			if err == nil {
				err = f.Rows(func(int, Row) error { return nil })
			}
			if !errors.Is(err, input.ErrTooLarge) {
				t.Errorf("got %v", err)
			}
		})
	}
	f, err := open(parquettest.Bytes(t, examples(1000)), input.Limits{Bytes: 1000})
	if err == nil {
		err = f.Rows(func(int, Row) error { return nil })
	}
	if !errors.Is(err, input.ErrTooLarge) {
		t.Errorf("a limit of 1000 bytes: %v", err)
	}
}

func TestDeltaIsNotBelieved(t *testing.T) {
	header := func(numbers ...uint64) (out []byte) {
		for _, n := range numbers {
			out = binary.AppendUvarint(out, n)
		}
		return out
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "no block": header(0, 4, 1, 0), "no parts": header(128, 0, 1, 0), "uneven parts": header(128, 3, 1, 0),
		"a huge block": header(1<<30, 1, 1, 0), "more values than bytes can hold": header(128, 4, 1<<24, 0),
	} {
		if _, err := newDelta(data); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	d, err := newDelta(append(header(128, 4, 200, 2), header(6)...))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := d.next(); v != 1 || err != nil {
		t.Errorf("first value %d, %v", v, err)
	}
	if _, err := d.next(); !errors.Is(err, errShort) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestRunsCostNothing reads what runs of a milliard values begin with.
func TestRunsCostNothing(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		h := &hybrid{data: binary.AppendUvarint(nil, 1<<62), width: 0}
		for range 10 {
			if v, err := h.next(); v != 0 || err != nil {
				t.Fatal(v, err)
			}
		}
	}); n > 3 {
		t.Errorf("%v allocations", n)
	}
	for _, data := range [][]byte{nil, {0x80}, {3}, binary.AppendUvarint(nil, 1<<63|1)} {
		if _, err := (&hybrid{data: data, width: 3}).next(); err == nil {
			t.Errorf("a value out of %x", data)
		}
	}
}

func FuzzParquet(f *testing.F) {
	for _, codec := range []compress.Codec{&pq.Uncompressed, &pq.Snappy, &pq.Zstd} {
		for version := 1; version <= 2; version++ {
			f.Add(parquettest.Bytes(f, examples(9), pq.Compression(codec), pq.DataPageVersion(version)))
		}
	}
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := open(data, input.Limits{Bytes: 1 << 20})
		if err != nil {
			return
		}
		p.Classes("ner_tags")
		read := func() ([]Row, error) {
			var out []Row
			err := p.Rows(func(_ int, r Row) error { out = append(out, maps.Clone(r)); return nil })
			return out, err
		}
		a, errA := read()
		b, errB := read()
		if len(a) != len(b) || fmt.Sprint(errA) != fmt.Sprint(errB) {
			t.Errorf("two readings differ: %d and %d rows, %v and %v", len(a), len(b), errA, errB)
		}
	})
}
