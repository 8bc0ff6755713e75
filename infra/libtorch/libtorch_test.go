package libtorch

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWheelTable(t *testing.T) {
	all, err := Wheels(CPU, CUDA, Demo)
	if err != nil {
		t.Fatal(err)
	}
	count := map[Set]int{}
	for _, w := range all {
		count[w.Set]++
	}
	if count[CPU] != 3 || count[CUDA] != 10 || count[Demo] != 2 {
		t.Errorf("wheels by set: %v", count)
	}
	lines := strings.Count(wheelTable, ".whl\n")
	if len(all) != lines {
		t.Errorf("%d wheels in known sets, %d lines", len(all), lines)
	}
}

func TestParseWheelsRefuses(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for name, line := range map[string]string{
		"too few columns": "cpu torch==2.1.0 any 1 " + sum,
		"no version":      "cpu torch any 1 " + sum + " a.whl",
		"no size":         "cpu torch==2.1.0 any 0 " + sum + " a.whl",
		"short digest":    "cpu torch==2.1.0 any 1 0a0a a.whl",
		"not hex":         "cpu torch==2.1.0 any 1 " + strings.Repeat("zz", 32) + " a.whl",
		"path as a file":  "cpu torch==2.1.0 any 1 " + sum + " ../a.whl",
		"not a wheel":     "cpu torch==2.1.0 any 1 " + sum + " a.zip",
	} {
		if _, err := parseWheels("# comment\n\n" + line); err == nil || !strings.Contains(err.Error(), "wheels.txt:3") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseWheels(f *testing.F) {
	f.Add(wheelTable)
	f.Add("cpu a==1 any 1 00 a.whl")
	f.Fuzz(func(t *testing.T, table string) {
		wheels, err := parseWheels(table)
		if err != nil {
			return
		}
		for _, w := range wheels {
			if w.Size <= 0 || len(w.SHA256) != 64 || filepath.Base(w.File) != w.File {
				t.Errorf("accepted %+v", w)
			}
		}
	})
}

func TestTarget(t *testing.T) {
	for _, tc := range []struct{ name, cpu, cuda string }{
		{"torch/lib/libc10.so", "lib/libc10.so", "lib/libc10.so"},
		{"torch/lib/libgomp-a34b3233.so.1", "lib/libgomp-a34b3233.so.1", "lib/libgomp-a34b3233.so.1"},
		{"torch/lib/libtorch_cuda.so", "", "lib/libtorch_cuda.so"},
		{"torch/lib/libtorch_python.so", "", ""},
		{"torch/lib/sub/libc10.so", "", ""},
		{"torch/include/ATen/ATen.h", "include/ATen/ATen.h", "include/ATen/ATen.h"},
		{"torch/nn/functional.py", "", ""},
		{"nvidia/cuda_runtime/lib/libcudart.so.12", "lib/libcudart.so.12", "lib/libcudart.so.12"},
		{"nvidia/cublas/lib/libcublas.so.12", "", "lib/libcublas.so.12"},
		{"nvidia/cublas/include/cublas.h", "", ""},
	} {
		if got := target(tc.name, CPU); got != tc.cpu {
			t.Errorf("%s for CPU: %q, want %q", tc.name, got, tc.cpu)
		}
		if got := target(tc.name, CUDA); got != tc.cuda {
			t.Errorf("%s for CUDA: %q, want %q", tc.name, got, tc.cuda)
		}
	}
}

// makeWheel writes a zip and returns its description.
func makeWheel(t *testing.T, dir string, files map[string]string) Wheel {
	t.Helper()
	path := filepath.Join(dir, "a-1-py3-none-any.whl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return Wheel{CPU, "a==1", "any", int64(len(data)), hex.EncodeToString(sum[:]), filepath.Base(path)}
}

func silent(t *testing.T) *Progress {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "progress"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return NewProgress(f)
}

func TestUnpackAllAndInstalled(t *testing.T) {
	cache := Cache(t.TempDir())
	if err := os.MkdirAll(cache.Downloads(), 0o755); err != nil {
		t.Fatal(err)
	}
	wheels := []Wheel{makeWheel(t, cache.Downloads(), map[string]string{
		"torch/lib/libc10.so": "c10", "torch/include/a/b.h": "header", "torch/x.py": "python"})}
	dir := filepath.Join(t.TempDir(), "libtorch")
	if Installed(dir, wheels) {
		t.Error("a missing folder counts as installed")
	}
	if err := cache.unpackAll(context.Background(), wheels, dir, CPU, silent(t)); err != nil {
		t.Fatal(err)
	}
	if !Installed(dir, wheels) {
		t.Fatal("not installed after unpacking")
	}
	for path, want := range map[string]bool{"lib/libc10.so": true, "include/a/b.h": true, "stubs/libtorch_cuda.a": true, "stubs/libc10.a": false, "x.py": false} {
		if _, err := os.Stat(filepath.Join(dir, path)); (err == nil) != want {
			t.Errorf("%s: %v, wanted there: %v", path, err, want)
		}
	}
	other := wheels[0]
	other.SHA256 = strings.Repeat("00", 32)
	if Installed(dir, []Wheel{other}) {
		t.Error("another digest counts as installed")
	}
	if err := os.WriteFile(filepath.Join(dir, "lib/libc10.so"), []byte("cut"[:2]), 0o644); err != nil {
		t.Fatal(err)
	}
	if Installed(dir, wheels) {
		t.Error("a cut file counts as installed")
	}
}

func TestUnpackRefusesPathsOutside(t *testing.T) {
	dir := t.TempDir()
	w := makeWheel(t, dir, map[string]string{"torch/include/../../../escaped": "x"})
	_, err := unpack(filepath.Join(dir, w.File), filepath.Join(dir, "in"), CPU, func(int64) {})
	if err == nil {
		t.Error("a path out of the folder was accepted")
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "escaped")); err == nil {
		t.Error("a file was written outside")
	}
}

func TestHaveWheel(t *testing.T) {
	dir := t.TempDir()
	w := makeWheel(t, dir, map[string]string{"a": "1"})
	path := filepath.Join(dir, w.File)
	check := func(what string, want bool) {
		t.Helper()
		if got, err := haveWheel(dir, w); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	check("whole", true)
	if line, err := os.ReadFile(path + ".sha256"); err != nil || string(line) != w.SHA256+"  "+w.File+"\n" {
		t.Errorf("digest file is %q, %v", line, err)
	}
	check("whole, digest noted", true)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".sha256"); err != nil {
		t.Fatal(err)
	}
	data[0]++
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	check("one byte changed", false)
	if err := os.Truncate(path, w.Size-1); err != nil {
		t.Fatal(err)
	}
	check("cut", false)
}

func TestEnv(t *testing.T) {
	got := Env{Dir: "/l", Stubs: "/l/stubs"}.Shell()
	want := "export LIBTORCH='/l'\nexport CGO_ENABLED='1'\n" +
		"export CGO_LDFLAGS='-L/l/lib -L/l/stubs -Wl,-rpath,/l/lib -Wl,--no-as-needed -ltorch_cpu'\n" +
		"export CGO_CXXFLAGS='-D_GLIBCXX_USE_CXX11_ABI=0 -I/l/include -I/l/include/torch/csrc/api/include -O1 -g0 -w'\n" +
		"export CGO_CFLAGS='-O2 -w'\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if cuda := (Env{Dir: "/it's", CUDA: true, CXX11ABI: true}).Shell(); !strings.Contains(cuda, "-ltorch_cuda") ||
		!strings.Contains(cuda, "CXX11_ABI=1") || !strings.Contains(cuda, `'/it'\''s'`) {
		t.Errorf("CUDA environment is\n%s", cuda)
	}
}

func TestGiven(t *testing.T) {
	cache, dir := Cache(t.TempDir()), t.TempDir()
	write := func(rel, text string) {
		t.Helper()
		path := filepath.Join(dir, rel)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	version := func(minor string) {
		write("include/torch/csrc/api/include/torch/version.h", "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR "+minor+"\n#define TORCH_VERSION_PATCH 0\n")
	}
	refused := func(want string) {
		t.Helper()
		if _, err := cache.Given(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	refused("not a libtorch")
	write("lib/libc10.so", "old ABI")
	write("lib/libtorch_cpu.so", "")
	write("lib/libtorch.so", "")
	write("include/torch/csrc/api/include/torch/torch.h", "")
	refused("version")
	version("2")
	refused("version 2.2.0")
	version("1")
	env, err := cache.Given(dir)
	if err != nil || env.CXX11ABI || env.CUDA {
		t.Fatalf("%+v, %v", env, err)
	}
	if _, err := os.Stat(filepath.Join(env.Stubs, "libtorch.a")); err == nil {
		t.Error("a stub hides the user's libtorch.so")
	}
	write("lib/libc10.so", "…"+string(newABISymbol)+"…")
	write("lib/libtorch_cuda.so", "")
	if env, err = cache.Given(dir); err != nil || !env.CXX11ABI || !env.CUDA {
		t.Errorf("%+v, %v", env, err)
	}
}

func TestRequire(t *testing.T) {
	err := require([]program{{"go", []string{"version"}, "golang"}, {"no-such-compiler", nil, "pkg-a"}, {"go", []string{"no-such-command"}, "python3-pip"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-compiler, pip for python3") || !strings.Contains(err.Error(), "apt-get install pkg-a python3-pip") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if err := require([]program{{"go", []string{"version"}, "golang"}}); err != nil {
		t.Error(err)
	}
}

func TestRequireDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	if err := RequireDisk(Need{dir, 1, "a byte"}); err != nil {
		t.Error(err)
	}
	err := RequireDisk(Need{dir, 1 << 61, "much"}, Need{dir, 1 << 61, "more"}, Need{"/nowhere", 0, "nothing"})
	if err == nil || !strings.Contains(err.Error(), "much and more") {
		t.Errorf("got %v", err)
	}
}
