// Command setup prepares the machine for the build: it checks the tools and
// the disk, brings libtorch and, with -demo, the demo's data into the cache, and
// writes the build's environment to a file. `make setup` runs it. Once all is
// there it ends within a second and says nothing but that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"madx/infra/libtorch"
)

// buildBytes is what Go's module and build caches grow to, measured.
const buildBytes = 6e9

type options struct {
	device  libtorch.Set
	demo    bool
	cold    bool // nothing is built yet
	envFile string
}

func main() {
	var o options
	device := flag.String("device", "cpu", "cpu, or cuda to have the CUDA libraries too")
	flag.BoolVar(&o.demo, "demo", false, "also download the demo's model and dumps")
	flag.BoolVar(&o.cold, "cold", false, "nothing is built yet: see that the disk has room for it")
	flag.StringVar(&o.envFile, "env", "", "write the build's environment to this `file`, for a shell to read")
	flag.Parse()
	o.device = libtorch.Set(*device)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	start := time.Now()
	if err := setUp(ctx, o); err != nil {
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted; run it again to go on")
		}
		fmt.Fprintln(os.Stderr, "\nsetup:", err)
		os.Exit(1)
	}
	if took := time.Since(start); took > 2*time.Second {
		say(fmt.Sprintf("ready after %s", took.Round(time.Second)))
	}
}

func say(text string) { fmt.Fprintln(os.Stderr, "setup:", text) }

func setUp(ctx context.Context, o options) error {
	if o.device != libtorch.CPU && o.device != libtorch.CUDA {
		return fmt.Errorf("DEVICE=%s is unknown: use cpu or cuda", o.device)
	}
	cache, err := libtorch.DefaultCache()
	if err != nil {
		return err
	}
	if err := libtorch.RequireCompilers(); err != nil {
		return err
	}
	unlock, err := cache.Lock(say)
	if err != nil {
		return err
	}
	env, err := prepare(ctx, o, cache)
	if err = errors.Join(err, unlock()); err != nil {
		return err
	}
	return writeEnv(o.envFile, env)
}

// prepare checks everything that can be missing before it begins anything long.
func prepare(ctx context.Context, o options, cache libtorch.Cache) (libtorch.Env, error) {
	var demo []libtorch.Wheel
	var err error
	if o.demo {
		if demo, err = libtorch.Wheels(libtorch.Demo); err != nil {
			return libtorch.Env{}, err
		}
	}
	env, install, err := chooseLibtorch(o.device, cache)
	if err != nil {
		return env, err
	}
	fetch := cache.FetchNeed(demo)
	if err := checkDisk(o.cold, install, fetch); err != nil {
		return env, err
	}
	if install.Bytes > 0 || fetch.Bytes > 0 {
		if err := libtorch.RequirePip(); err != nil {
			return env, err
		}
	}
	progress := libtorch.NewProgress(os.Stderr)
	defer progress.Done()
	if install.Bytes > 0 {
		say(fmt.Sprintf("getting libtorch %s (%s) into %s", libtorch.Version, o.device, env.Dir))
		if err := cache.Install(ctx, o.device, progress); err != nil {
			return env, err
		}
	}
	if fetch.Bytes > 0 {
		say("getting the demo's model and dumps into " + cache.Downloads())
	}
	return env, libtorch.Fetch(ctx, cache.Downloads(), demo, progress)
}

// chooseLibtorch takes the user's own (LIBTORCH) or the one in the cache, and
// says what the latter still needs.
func chooseLibtorch(device libtorch.Set, cache libtorch.Cache) (libtorch.Env, libtorch.Need, error) {
	given := os.Getenv("LIBTORCH")
	// A shell that has read our environment file names the cache's.
	if given != "" && given != cache.Dir(libtorch.CPU) && given != cache.Dir(libtorch.CUDA) {
		env, err := cache.Given(given)
		return env, libtorch.Need{}, err
	}
	dir := cache.Dir(device)
	need, err := cache.InstallNeed(device)
	return libtorch.Env{Dir: dir, Stubs: filepath.Join(dir, "stubs"), CUDA: device == libtorch.CUDA}, need, err
}

// checkDisk looks at the caches of Go as well when the build is still to come.
func checkDisk(cold bool, needs ...libtorch.Need) error {
	if cold {
		out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
		if err != nil {
			return fmt.Errorf("ask go for its caches: %w", err)
		}
		for _, dir := range strings.Fields(string(out)) {
			needs = append(needs, libtorch.Need{Dir: dir, Bytes: buildBytes / 2, What: "the build (" + dir + ")"})
		}
	}
	return libtorch.RequireDisk(needs...)
}

// writeEnv leaves an unchanged file alone, so that nothing is rebuilt for it.
func writeEnv(path string, env libtorch.Env) error {
	if path == "" {
		return nil
	}
	text := env.Shell()
	old, err := os.ReadFile(path)
	if err == nil && string(old) == text {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the old environment file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write the environment file: %w", err)
	}
	return nil
}
