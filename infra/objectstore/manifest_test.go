package objectstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func manifest() Manifest {
	return Manifest{Format: ManifestFormat, Kind: "language", Key: "k", Inputs: map[string]string{"b": "2", "a": "1"},
		Files: []File{{Name: "a", Size: 1, SHA256: "x"}, {Name: "b/c", Size: 2, SHA256: "y"}},
		Meta:  json.RawMessage(`{"loss":2.5,"note":"<&> ü"}`)}
}

// Whatever byte of a manifest is another, or missing at its end, it is found: also in a figure that no digest covers.
func TestEveryFlippedByteOfAManifestIsFound(t *testing.T) {
	body, err := manifest().encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(body); err != nil {
		t.Fatalf("whole: %v", err)
	}
	for i := range body {
		for _, bit := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(body)
			bad[i] ^= bit
			if _, err := decode(bad); err == nil {
				t.Errorf("byte %d of %q as %q was taken", i, body[max(0, i-10):i+1], bad[i])
			}
		}
		if _, err := decode(body[:i]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, err := decode(append(bytes.Clone(body), '\n')); err == nil {
		t.Error("a longer one was taken")
	}
}

func TestNewerManifestsAreRefusedAsSuch(t *testing.T) {
	m := manifest()
	m.Format++
	body, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(body); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a newer format must not be taken for damage, which is deleted: %v", err)
	}
}

func TestDigestIsOfNamesSizesAndContent(t *testing.T) {
	base := manifest().Digest()
	same := manifest()
	same.Meta, same.Key, same.Inputs = nil, "other", nil
	if same.Digest() != base {
		t.Error("it depends on more than the files")
	}
	for name, change := range map[string]func(*File){
		"name": func(f *File) { f.Name = "z" }, "size": func(f *File) { f.Size++ }, "content": func(f *File) { f.SHA256 = "z" }} {
		m := manifest()
		change(&m.Files[1])
		if m.Digest() == base {
			t.Errorf("it does not depend on the %s", name)
		}
	}
}

func TestCommitRefusesWhatItCannotKeep(t *testing.T) {
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, prepare := range map[string]func(dir string) error{
		"empty folder":   func(string) error { return nil },
		"link":           func(dir string) error { return os.Symlink("/etc/hosts", filepath.Join(dir, "link")) },
		"reserved name":  func(dir string) error { return os.WriteFile(filepath.Join(dir, ManifestName), nil, 0o644) },
		"missing folder": func(dir string) error { return os.Remove(dir) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Commit(context.Background(), s, "p", dir, Manifest{}); err == nil {
				t.Error("was committed")
			}
			if _, _, ok, err := Lookup(context.Background(), s, "p"); ok || err != nil {
				t.Errorf("there is a manifest: %v", err)
			}
		})
	}
}

// A manifest may come from anywhere: names in it must not lead a fetch outside its folder.
func FuzzDecode(f *testing.F) {
	body, err := manifest().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"format":1,"files":[{"name":"../../x"}]}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := decode(body)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil || !bytes.Equal(again, body) {
			t.Errorf("decoded what it would not write: %v", err)
		}
	})
}

func TestFetchStaysInItsFolder(t *testing.T) {
	ctx := context.Background()
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../escaped", "/escaped", "a/../../escaped", `..\escaped`, ""} {
		m := manifest()
		m.Files = []File{{Name: name, Size: 0}}
		body, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ctx, "p/"+ManifestName, bytes.NewReader(body), int64(len(body)), PutOptions{}); err != nil {
			t.Fatal(err)
		}
		parent := t.TempDir()
		if _, err := Fetch(ctx, s, "p", filepath.Join(parent, "in", "out")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", name, err)
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
			t.Errorf("%q wrote %v, %v", name, left, err)
		}
	}
}
