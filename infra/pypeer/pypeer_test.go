package pypeer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakePython puts a python3 on the PATH that makes a virtual environment whose interpreter notes what it is asked for.
func fakePython(t *testing.T, pip string) (calls func() []string) {
	t.Helper()
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	script := "#!/bin/sh\nmkdir -p \"$3/bin\"\nprintf '#!/bin/sh\\necho \"$*\" >> " + log + "\\n" + pip + "\\n' > \"$3/bin/python\"\nchmod +x \"$3/bin/python\"\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return func() []string {
		b, _ := os.ReadFile(log)
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
}

func TestInstallsOnce(t *testing.T) {
	calls := fakePython(t, "exit 0")
	var first string
	for range 2 {
		got, err := Interpreter(t.Context(), "x", "a==1", "b==2")
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("interpreter %s, then %s", first, got)
		}
	}
	if got := calls(); len(got) != 1 || got[0] != "-m pip install -q a==1 b==2" {
		t.Errorf("pip was called %q", got)
	}
	if _, err := Interpreter(t.Context(), "x", "a==1", "b==3"); err != nil {
		t.Fatal(err)
	}
	if got := calls(); len(got) != 2 || !strings.HasSuffix(got[1], "b==3") {
		t.Errorf("another version: pip was called %q", got)
	}
}

func TestFailedInstallationIsMadeAgain(t *testing.T) {
	calls := fakePython(t, "exit 1")
	for n := 1; n <= 2; n++ {
		if _, err := Interpreter(t.Context(), "x", "a==1"); err == nil || !strings.Contains(err.Error(), "install a==1") {
			t.Errorf("error is %v", err)
		}
		if got := calls(); len(got) != n {
			t.Errorf("pip was called %q", got)
		}
	}
}
