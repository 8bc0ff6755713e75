package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"madx/infra/failpoint"
)

// publish renames a finished folder into place. A folder that is there already (the same step, made again after a
// resume) is replaced.
func publish(tmp, final string) error {
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(final); err == nil {
		old := tmp + "-old"
		if err := os.Rename(final, old); err != nil {
			return err
		}
		failpoint.Hit("trainer.publish.old-away")
		defer func() { _ = os.RemoveAll(old) }()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	failpoint.Hit("trainer.publish.before-rename")
	if err := os.Rename(tmp, final); err != nil {
		return err
	}
	failpoint.Hit("trainer.publish.after-rename")
	return sync(filepath.Dir(final))
}

// Publish moves a finished folder to where its readers look, flushed and by one rename. It refuses to replace.
func Publish(tmp, final string) error {
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			if err := sync(filepath.Join(tmp, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := sync(tmp); err != nil {
		return err
	}
	if _, err := os.Stat(final); err == nil {
		return fmt.Errorf("%s is there already: name another folder or remove it", final)
	}
	return publish(tmp, final)
}

// List returns the checkpoint folders below dir, newest step first, without looking inside. A dir that is not there
// has none.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing checkpoints: %w", err)
	}
	steps := []int{}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), "step-")
		step, err := strconv.Atoi(digits)
		if ok && err == nil && e.IsDir() && Name(step) == e.Name() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	slices.Reverse(steps)
	paths := make([]string, len(steps))
	for i, step := range steps {
		paths[i] = filepath.Join(dir, Name(step))
	}
	return paths, nil
}

// Newest returns the newest whole checkpoint below dir, or "" if there is none; damaged ones are passed over and
// returned beside it, each with what is wrong.
func Newest(dir string) (path string, damaged []error, err error) {
	paths, err := List(dir)
	if err != nil {
		return "", nil, err
	}
	for _, p := range paths {
		if err := Verify(p); err != nil {
			damaged = append(damaged, err)
			continue
		}
		return p, damaged, nil
	}
	return "", damaged, nil
}

// Prune removes all but the newest keep checkpoints, and what a killed process left half-written.
func Prune(dir string, keep int) error {
	paths, err := List(dir)
	if err != nil {
		return err
	}
	leftovers, err := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	if err != nil {
		return err
	}
	for _, p := range append(leftovers, paths[min(keep, len(paths)):]...) {
		if err := os.RemoveAll(p); err != nil {
			return fmt.Errorf("removing an old checkpoint: %w", err)
		}
	}
	return nil
}
