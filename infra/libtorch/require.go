package libtorch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// program is something the set-up or the build runs, and where Debian and its
// relatives have it.
type program struct {
	name string
	args []string // that succeed when it works
	pkg  string
}

var (
	compilers = []program{{"gcc", []string{"--version"}, "gcc"}, {"g++", []string{"--version"}, "g++"}}
	pip       = []program{{"python3", []string{"--version"}, "python3"}, {"python3", []string{"-m", "pip", "--version"}, "python3-pip"}}
)

// RequireCompilers refuses a machine that cannot build cgo packages.
func RequireCompilers() error { return require(compilers) }

// RequirePip refuses a machine that cannot download the wheels.
func RequirePip() error { return require(pip) }

// require names everything that is missing at once.
func require(programs []program) error {
	var missing, packages []string
	for _, p := range programs {
		if err := exec.Command(p.name, p.args...).Run(); err != nil {
			name := p.name
			if p.pkg == "python3-pip" {
				name = "pip for python3"
			}
			missing, packages = append(missing, name), append(packages, p.pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("missing: %s. Install with: apt-get install %s (Debian, Ubuntu; other systems have the same under similar names)",
		strings.Join(missing, ", "), strings.Join(packages, " "))
}

// Need is disk space that is about to be used.
type Need struct {
	Dir   string // need not exist yet
	Bytes int64
	What  string
}

// RequireDisk refuses when the file systems of the folders are too full. Needs
// on one file system add up.
func RequireDisk(needs ...Need) error {
	type fileSystem struct {
		need, free int64
		dir        string
		what       []string
	}
	systems := map[uint64]*fileSystem{}
	for _, n := range needs {
		if n.Bytes == 0 {
			continue
		}
		dir, device, free, err := diskOf(n.Dir)
		if err != nil {
			return err
		}
		s := systems[device]
		if s == nil {
			s = &fileSystem{free: free, dir: dir}
			systems[device] = s
		}
		s.need += n.Bytes
		s.what = append(s.what, n.What)
	}
	for _, s := range systems {
		if s.free < s.need {
			return fmt.Errorf("not enough disk space on the file system of %s: %.1f GB are free, %.1f GB are needed for %s: free some, or move the caches (XDG_CACHE_HOME, GOCACHE, GOMODCACHE)",
				s.dir, float64(s.free)/1e9, float64(s.need)/1e9, strings.Join(s.what, " and "))
		}
	}
	return nil
}

// diskOf asks the nearest existing parent of dir for its device and free bytes.
func diskOf(dir string) (existing string, device uint64, free int64, err error) {
	for existing = dir; ; existing = filepath.Dir(existing) {
		var st syscall.Stat_t
		err = syscall.Stat(existing, &st)
		if err == nil {
			device = uint64(st.Dev)
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || existing == filepath.Dir(existing) {
			return "", 0, 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
		}
	}
	var fsStat syscall.Statfs_t
	if err := syscall.Statfs(existing, &fsStat); err != nil {
		return "", 0, 0, fmt.Errorf("ask for the free space of %s: %w", existing, err)
	}
	return existing, device, int64(fsStat.Bavail) * int64(fsStat.Bsize), nil
}

// Lock keeps two set-ups on one cache apart; it waits, and says so.
func (c Cache) Lock(say func(string)) (unlock func() error, err error) {
	if err := os.MkdirAll(string(c), 0o755); err != nil {
		return nil, fmt.Errorf("make the cache folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(string(c), ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the cache: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		say("waiting for another set-up to finish")
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the cache %s: %w", c, err), f.Close())
	}
	return f.Close, nil
}
