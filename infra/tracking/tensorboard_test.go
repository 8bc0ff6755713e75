package tracking

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madx/trainer/events"
)

// crc32c is the checksum bit by bit, as RFC 3720 defines it: not the table of the standard library that the writer uses.
func crc32c(b []byte) uint32 {
	c := ^uint32(0)
	for _, x := range b {
		c ^= uint32(x)
		for range 8 {
			c = c>>1 ^ 0x82f63b78&-(c&1)
		}
	}
	return ^c
}

// records undoes the frames and checks them.
func records(b []byte) ([][]byte, error) {
	var out [][]byte
	check := func(data []byte, sum uint32) bool {
		sum -= 0xa282ead8
		return sum>>17|sum<<15 == crc32c(data)
	}
	for len(b) > 0 {
		if len(b) < 16 {
			return out, errors.New("a frame is cut")
		}
		n := int(binary.LittleEndian.Uint64(b))
		if !check(b[:8], binary.LittleEndian.Uint32(b[8:])) || len(b) < 16+n || !check(b[12:12+n], binary.LittleEndian.Uint32(b[12+n:])) {
			return out, fmt.Errorf("record %d has a wrong length or checksum", len(out))
		}
		out = append(out, b[12:12+n])
		b = b[16+n:]
	}
	return out, nil
}

// decode reads a protobuf message's fields: numbers of varints and fixed ones, bytes of the rest.
func decode(t *testing.T, b []byte, field func(n int, number uint64, data []byte)) {
	t.Helper()
	for len(b) > 0 {
		key, k := binary.Uvarint(b)
		b = b[k:]
		switch n := int(key >> 3); key & 7 {
		case 0:
			v, k := binary.Uvarint(b)
			field(n, v, nil)
			b = b[k:]
		case 1:
			field(n, binary.LittleEndian.Uint64(b), nil)
			b = b[8:]
		case 2:
			size, k := binary.Uvarint(b)
			field(n, 0, b[k:k+int(size)])
			b = b[k+int(size):]
		case 5:
			field(n, uint64(binary.LittleEndian.Uint32(b)), nil)
			b = b[4:]
		default:
			t.Fatalf("field %d has wire type %d", n, key&7)
		}
	}
}

// read prints an event file's events, one a line.
func read(t *testing.T, path string) []string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := records(body)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range frames {
		line, step, wall := "", uint64(0), 0.0
		decode(t, m, func(n int, number uint64, data []byte) {
			switch n {
			case 1:
				wall = math.Float64frombits(number)
			case 2:
				step = number
			case 3:
				line += " " + string(data)
			case 5:
				decode(t, data, func(_ int, _ uint64, value []byte) {
					decode(t, value, func(n int, number uint64, text []byte) {
						if n == 1 {
							line += " " + string(text)
						} else {
							line += fmt.Sprintf("=%g", math.Float32frombits(uint32(number)))
						}
					})
				})
			case 7:
				line += " session"
			}
		})
		out = append(out, fmt.Sprintf("%.0f %d%s", wall, step, line))
	}
	return out
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestEventFile(t *testing.T) {
	tr := &Tracker{dir: t.TempDir(), log: quiet(), now: func() time.Time { return time.Unix(1700000000, 0) }}
	f := tr.Follow(Run{Name: "demo/language/sw", Attempt: 2})
	for _, e := range []events.Event{{Type: events.TypeStarted, Step: 40}, {Type: events.TypeProgress, Step: 50, Loss: 7.5, LR: .25, TokensPerS: 1024},
		{Type: events.TypeCheckpoint, Step: 50}, {Type: events.TypeHeldOut, Step: 60, Loss: 8}, {Type: events.TypeRollback, Step: 40},
		{Type: events.TypeDone, Step: 60, Metrics: map[string]float64{"held_out_loss": 8}}} {
		f.Event(e)
	}
	f.End(nil)
	found, _ := filepath.Glob(filepath.Join(tr.dir, "demo", "language", "sw", "events.out.tfevents.1700000000.*"))
	if len(found) != 1 {
		t.Fatalf("files %v", found)
	}
	want := []string{"1700000000 0 brain.Event:2", "1700000000 40 session", "1700000000 50 loss/training=7.5 lr=0.25 tokens_per_s=1024",
		"1700000000 60 loss/held_out=8", "1700000000 40 session", "1700000000 60 metrics/held_out_loss=8"}
	if got := read(t, found[0]); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// The checksums of the format's own documents: RFC 3720 B.4, and that a changed byte is seen.
func TestChecksums(t *testing.T) {
	if got := crc32c([]byte("123456789")); got != 0xe3069283 {
		t.Errorf("crc32c of 123456789 is %#x", got)
	}
	body := record(nil, []byte("hello"))
	if _, err := records(body); err != nil {
		t.Error(err)
	}
	for i := range body {
		bad := append([]byte(nil), body...)
		bad[i] ^= 1
		if _, err := records(bad); err == nil {
			t.Errorf("byte %d changed and nothing noticed", i)
		}
	}
}

func TestATrainingWithoutAPlaceToWriteGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	f := (&Tracker{dir: file, log: slog.New(slog.NewTextHandler(&said, nil)), now: time.Now}).Follow(Run{Name: "x"})
	f.Event(events.Event{Type: events.TypeProgress, Step: 1, Loss: 2})
	f.End(nil)
	if !strings.Contains(said.String(), "lost=1") {
		t.Errorf("it said %q", said.String())
	}
	var none *Tracker
	n := none.Follow(Run{})
	n.Event(events.Event{Type: events.TypeProgress})
	n.End(nil)
}

func TestFoldersStayBelow(t *testing.T) {
	tr := &Tracker{dir: "/runs"}
	for name, want := range map[string]string{"demo/language/sw": "/runs/demo/language/sw", "../../etc": "/runs/____etc", "/etc": "/runs/_etc", "": "/runs"} {
		if got := tr.folder(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
