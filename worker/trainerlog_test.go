package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTrainerLogKeepsWholeLines(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.log"))
	if err != nil {
		t.Fatal(err)
	}
	l := &trainerLog{file: f}
	for _, part := range []string{"no me", "mory\nand", " more"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	l.line([]byte(`{"type":"progress"}`))
	l.close()
	body, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "Z no memory") || !strings.HasSuffix(lines[1], `Z {"type":"progress"}`) || !strings.HasSuffix(lines[2], "Z and more") {
		t.Errorf("%q", lines)
	}
}

func TestTrainerLogOutsideAnActivityKeepsNothing(t *testing.T) {
	dir := t.TempDir()
	l := openTrainerLog(t.Context(), dir)
	l.line([]byte("x"))
	l.close()
	if found, err := os.ReadDir(dir); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}
