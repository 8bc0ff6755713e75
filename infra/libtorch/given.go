package libtorch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var (
	versionMacro = regexp.MustCompile(`(?m)^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)`)
	// The constructor of c10::Error takes a string: its mangled name tells the ABI.
	newABISymbol = []byte("c105ErrorC1ENS_14SourceLocationENSt7__cxx11")
)

// Given checks a libtorch that the user has already and returns its environment.
// Stubs for what it lacks go into the cache: the user's folder is only read.
func (c Cache) Given(dir string) (Env, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Env{}, fmt.Errorf("make LIBTORCH=%s absolute: %w", dir, err)
	}
	for _, need := range []string{"lib/libc10.so", "lib/libtorch_cpu.so", "include/torch/csrc/api/include/torch/torch.h"} {
		if _, err := os.Stat(filepath.Join(dir, need)); err != nil {
			return Env{}, fmt.Errorf("LIBTORCH=%s is not a libtorch with headers (%w): unset LIBTORCH to have one downloaded", dir, err)
		}
	}
	version, err := headerVersion(filepath.Join(dir, "include/torch/csrc/api/include/torch/version.h"))
	if err != nil {
		return Env{}, fmt.Errorf("LIBTORCH=%s: %w", dir, err)
	}
	if version != Version {
		return Env{}, fmt.Errorf("LIBTORCH=%s is version %s, and %s is needed: unset LIBTORCH to have that downloaded", dir, version, Version)
	}
	c10, err := os.ReadFile(filepath.Join(dir, "lib/libc10.so"))
	if err != nil {
		return Env{}, fmt.Errorf("read LIBTORCH's libc10: %w", err)
	}
	env := Env{Dir: dir, Stubs: filepath.Join(string(c), "libtorch", "given", "stubs"), CXX11ABI: bytes.Contains(c10, newABISymbol)}
	_, err = os.Stat(filepath.Join(dir, "lib/libtorch_cuda.so"))
	env.CUDA = err == nil
	return env, writeStubs(filepath.Join(dir, "lib"), env.Stubs)
}

func headerVersion(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read its version: %w", err)
	}
	part := map[string]string{}
	for _, m := range versionMacro.FindAllSubmatch(text, -1) {
		part[string(m[1])] = string(m[2])
	}
	return part["MAJOR"] + "." + part["MINOR"] + "." + part["PATCH"], nil
}
