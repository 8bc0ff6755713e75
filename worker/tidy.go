package worker

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What a worker keeps of trainings past, for people to read: its trainers' logs and its curves for TensorBoard, each.
const (
	keptBytes = 1 << 30
	keptAge   = 24 * time.Hour // younger files stay whatever they take: they may be of trainings under way
)

// tidy removes the oldest files below dir until they take at most bound bytes, and folders that are left empty. It is
// about reading matter only: what it cannot remove stays.
func tidy(dir string, bound int64, now time.Time) {
	type kept struct {
		path string
		size int64
		at   time.Time
	}
	var all []kept
	var total int64
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			all = append(all, kept{path, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	slices.SortFunc(all, func(a, b kept) int { return a.at.Compare(b.at) })
	for _, f := range all {
		if total <= bound || now.Sub(f.at) < keptAge {
			return
		}
		if os.Remove(f.path) != nil {
			continue
		}
		total -= f.size
		for up := filepath.Dir(f.path); up != dir && os.Remove(up) == nil; up = filepath.Dir(up) {
		}
	}
}
