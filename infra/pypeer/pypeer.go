// Package pypeer installs the Python libraries that this project is compared with into the user's cache, once. Only
// comparisons that a person starts use it; it must not know what is compared, and no program that users run needs it.
package pypeer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Interpreter returns the Python of a virtual environment in the user's cache that holds these packages, each
// "name==version". The first call makes it, with python3 and pip's registry; other versions under the same name too.
func Interpreter(ctx context.Context, name string, packages ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for Python packages: %w", err)
	}
	dir := filepath.Join(cache, "madx", "peers-"+name)
	interpreter := filepath.Join(dir, "bin", "python")
	done := filepath.Join(dir, strings.Join(packages, "+")) // written last: a broken installation is made again
	if _, err := os.Stat(done); err == nil {
		return interpreter, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "installing %s into %s\n", strings.Join(packages, " and "), dir)
	if err := run(ctx, "python3", "-m", "venv", dir); err != nil {
		return "", fmt.Errorf("make a Python environment (python3 with its venv module is needed): %w", err)
	}
	if err := run(ctx, interpreter, append([]string{"-m", "pip", "install", "-q"}, packages...)...); err != nil {
		return "", fmt.Errorf("install %s (pip must reach a package registry): %w", strings.Join(packages, " and "), err)
	}
	return interpreter, os.WriteFile(done, nil, 0o644)
}

// run is a command whose messages go to the terminal.
func run(ctx context.Context, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c.Run()
}
