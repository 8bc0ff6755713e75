package lock

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var one, two = strings.Repeat("1", 64), strings.Repeat("2", 64)

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPinsOnFirstUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep.lock")
	f := open(t, path)
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a lock file without pins is written")
	}
	if pinned, err := f.Check("a", Pin{SHA256: one}); !pinned || err != nil {
		t.Errorf("first use: %v, %v", pinned, err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	f = open(t, path)
	if pinned, err := f.Check("a", Pin{SHA256: one}); pinned || err != nil {
		t.Errorf("same again: %v, %v", pinned, err)
	}
	var changed *ChangedError
	if _, err := f.Check("a", Pin{SHA256: two}); !errors.As(err, &changed) || changed.Pinned.SHA256 != one || !strings.Contains(err.Error(), path) {
		t.Errorf("changed: %v", err)
	}
	if _, err := f.Check("b", Pin{SHA256: "x"}); err == nil {
		t.Error("a wrong digest is pinned")
	}
}

func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep.lock")
	a, b, c := open(t, path), open(t, path), open(t, path)
	for f, name := range map[*File]string{a: "a", b: "b"} {
		if _, err := f.Check(name, Pin{SHA256: one}); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
	}
	if pins := open(t, path).pins; len(pins) != 2 {
		t.Errorf("pins %v", pins)
	}
	if _, err := c.Check("a", Pin{SHA256: two}); err != nil {
		t.Fatal(err)
	}
	var changed *ChangedError
	if err := c.Save(); !errors.As(err, &changed) {
		t.Errorf("another process pinned something else: %v", err)
	}
}

func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data")
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, filepath.Join(dir, "sweep.lock"))
	write("hello")
	if _, err := f.CheckFile("d", path); err != nil || f.pins["d"].Bytes != 5 ||
		f.pins["d"].SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("%+v, %v", f.pins, err)
	}
	write("hallo")
	var changed *ChangedError
	if _, err := f.CheckFile("d", path); !errors.As(err, &changed) {
		t.Errorf("changed file: %v", err)
	}
}

func TestWrongFiles(t *testing.T) {
	for name, data := range map[string]string{
		"not JSON": "x", "format": `{"format":2,"pins":{}}`, "unknown key": `{"format":1,"pin":{}}`, "digest": `{"format":1,"pins":{"a":{"sha256":"12"}}}`,
	} {
		path := filepath.Join(t.TempDir(), "sweep.lock")
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRenew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep.lock")
	f := open(t, path)
	if f.Renew("a", Pin{SHA256: one, Bytes: 1}) {
		t.Error("a first pin is said to be another")
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	f = open(t, path)
	if f.Renew("a", Pin{SHA256: one, ETag: "x"}) {
		t.Error("the same pin is said to be another")
	}
	if !f.Renew("a", Pin{SHA256: two, Bytes: 2, Revision: "r"}) {
		t.Error("another pin is said to be the same")
	}
	if _, err := f.Check("a", Pin{SHA256: two}); err != nil {
		t.Errorf("the new pin: %v", err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if p, ok := open(t, path).Pinned("a"); !ok || p.SHA256 != two || p.Bytes != 2 || p.Revision != "r" {
		t.Errorf("saved: %+v, %v", p, ok)
	}
	if _, ok := f.Pinned("b"); ok {
		t.Error("a pin that nobody made")
	}
}
