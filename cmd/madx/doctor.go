package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sys/unix"

	"madx/cmd/madx/internal/term"
	"madx/infra/config"
)

// finding is one line of `madx doctor`.
type finding struct {
	What  string `json:"what"`
	State string `json:"state"` // ok, warn, fail
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// errSick ends a doctor's visit with something that fails; the lines have said what.
var errSick = errors.New("something above fails")

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Check this machine: programs, libtorch, devices, disk, Temporal, store", Args: cobra.NoArgs,
		Long: `Prints a line for everything a sweep needs: ok, warn (works, with a limit) or fail, and what to do about it. It starts
nothing and changes nothing.
` + exitStatusHelp,
		Example: "  madx doctor\n  madx doctor -o json | jq '.[] | select(.state != \"ok\")'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := a.examine(cmd.Context())
			sick := false
			for _, f := range all {
				sick = sick || f.State == "fail"
			}
			if a.output == "json" {
				if err := a.printJSON(all); err != nil {
					return err
				}
			} else {
				for _, f := range all {
					a.printFinding(f)
				}
			}
			if sick {
				return errSick
			}
			return nil
		}}
}

func (a *app) printFinding(f finding) {
	style := map[string]string{"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}[f.State]
	fmt.Fprintf(a.out, "%s %-12s %s\n", a.colour(style, fmt.Sprintf("%-4s", f.State)), f.What, f.Says)
	if f.Do != "" {
		fmt.Fprintf(a.out, "     %-12s → %s\n", "", f.Do)
	}
}

func (a *app) examine(ctx context.Context) []finding {
	out := []finding{{"madx", "ok", version + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH, ""}}
	out = append(out, checkTrainer(ctx), checkProgram("madx-devstack", "only `madx dev` and `madx demo` need it: build it with `make build`"))
	out = append(out, checkDevices(ctx), checkMemory())
	out = append(out, checkHome()...)
	out = append(out, checkVariables(os.Environ())...)
	return append(out, a.checkServices(ctx)...)
}

// trainerBuild is what `madx-trainer version -o json` prints.
type trainerBuild struct {
	Version     string   `json:"version"`
	Libtorch    string   `json:"libtorch"`
	CUDADevices int      `json:"cuda_devices"`
	CPU         string   `json:"cpu"`
	Fused       []string `json:"fused"`
}

// checkTrainer asks the trainer what it is: that loads libtorch.
func checkTrainer(ctx context.Context) finding {
	f := finding{What: "madx-trainer", State: "fail"}
	program, err := siblingProgram("madx-trainer")
	if err != nil {
		f.Says, f.Do = err.Error(), "build it with `make build`, or train on another machine with `madx worker`"
		return f
	}
	b, err := askTrainer(ctx, program)
	if err != nil {
		f.Says, f.Do = err.Error(), "libtorch is missing or another one, or the program is an old one: run `make setup build`"
		return f
	}
	return b.finding(program)
}

// askTrainer runs a trainer's version command.
func askTrainer(ctx context.Context, program string) (trainerBuild, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var b trainerBuild
	var said, complained bytes.Buffer
	run := exec.CommandContext(ctx, program, "version", "-o", "json")
	run.Stdout, run.Stderr = &said, &complained
	if err := run.Run(); err != nil {
		return b, fmt.Errorf("%s does not start: %w: %s", program, err, firstLine(complained.String()))
	}
	if err := json.Unmarshal(said.Bytes(), &b); err != nil {
		return b, fmt.Errorf("%s version prints no JSON: %w", program, err)
	}
	return b, nil
}

// missingDevice names the first GPU of a worker's --device that its trainer does not see; "" where it sees all, or cannot
// be asked: the worker then says what is wrong with it.
func missingDevice(ctx context.Context, devices, program string) string {
	if !strings.Contains(devices, "cuda:") {
		return ""
	}
	if program == "" {
		program, _ = siblingProgram("madx-trainer") // "" does not start
	}
	b, err := askTrainer(ctx, program)
	if err != nil {
		return ""
	}
	for name := range strings.SplitSeq(devices, ",") {
		number, isGPU := strings.CutPrefix(strings.TrimSpace(name), "cuda:")
		if n, err := strconv.Atoi(number); isGPU && err == nil && n >= b.CUDADevices {
			return fmt.Sprintf("device cuda:%d: %s sees %d GPUs: name another with --device, build with `make build DEVICE=cuda`, or see `madx doctor`", n, program, b.CUDADevices)
		}
	}
	return ""
}

// finding compares the trainer's version with this program's.
func (b trainerBuild) finding(program string) finding {
	kernels := "no fused layers"
	if len(b.Fused) > 0 {
		kernels = "fused layers for " + strings.Join(b.Fused, " and ")
	}
	f := finding{"madx-trainer", "ok", fmt.Sprintf("%s, libtorch %s, %d CUDA devices, %s, %s: %s", b.Version, b.Libtorch, b.CUDADevices, b.CPU, kernels, program), ""}
	if b.Version != version {
		f.State, f.Do = "warn", fmt.Sprintf("madx is %s: build both from the same sources with `make build`", version)
	}
	return f
}

func checkProgram(name, do string) finding {
	path, err := siblingProgram(name)
	if err != nil {
		return finding{name, "warn", err.Error(), do}
	}
	return finding{name, "ok", path, ""}
}

func checkDevices(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader").Output()
	if err != nil {
		return finding{"devices", "warn", fmt.Sprintf("no NVIDIA GPU, %d CPU threads", runtime.NumCPU()), "trainings run on the CPU: fine for small sweeps; elsewhere `make build DEVICE=cuda` and `madx worker --device cuda:0`"}
	}
	return finding{"devices", "ok", strings.Join(strings.Split(strings.TrimSpace(string(out)), "\n"), "; "), ""}
}

func checkMemory() finding {
	bytes := term.Memory()
	if bytes == 0 {
		return finding{"memory", "warn", "nobody knows how much", ""}
	}
	gib := float64(bytes) / (1 << 30)
	if gib < 4 {
		return finding{"memory", "warn", fmt.Sprintf("%.1f GiB", gib), "a training on a base model of 300M parameters takes about 4 GiB: set micro_batch, or use a smaller base"}
	}
	return finding{"memory", "ok", fmt.Sprintf("%.1f GiB", gib), ""}
}

// lowDisk is where the doctor warns, in GiB: dumps and corpora of a large language take tens.
const lowDisk = 10

func checkHome() []finding {
	home, err := config.DataHome()
	if err == nil {
		err = os.MkdirAll(home, 0o755)
	}
	if err == nil {
		err = unix.Access(home, unix.W_OK)
	}
	if err != nil {
		return []finding{{"data folder", "fail", err.Error(), "set MADX_HOME to a folder that you may write"}}
	}
	out := []finding{{"data folder", "ok", home, ""}}
	var fs unix.Statfs_t
	if err := unix.Statfs(home, &fs); err == nil {
		gib := float64(fs.Bavail) * float64(fs.Bsize) / (1 << 30)
		f := finding{"disk", "ok", fmt.Sprintf("%.0f GiB free", gib), ""}
		if gib < lowDisk {
			f.State, f.Do = "warn", "set MADX_HOME to a larger disk, or bound the cache with `madx worker --cache-gb`"
		}
		out = append(out, f)
	}
	models, _ := filepath.Glob(filepath.Join(home, "models", "*", "config.json"))
	if len(models) == 0 {
		return append(out, finding{"models", "warn", "none imported", "name any Hugging Face folder in a sweep's model.path, or see `madx models import --help`"})
	}
	return append(out, finding{"models", "ok", fmt.Sprintf("%d imported", len(models)), ""})
}

func (a *app) checkServices(ctx context.Context) []finding {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var out []finding
	store, err := a.openStore(ctx)
	if err == nil {
		_, err = store.List(ctx, "sweeps/")
	}
	if err != nil {
		out = append(out, finding{"store", "fail", err.Error(), "start `madx dev`, or check --store, MADX_STORE_* and the AWS credentials"})
	} else {
		out = append(out, finding{"store", "ok", store.URI("sweeps"), ""})
	}
	conn, err := a.connect(ctx)
	if err != nil {
		return append(out, finding{"Temporal", "fail", err.Error(), "start `madx dev`, or check TEMPORAL_ADDRESS"})
	}
	defer conn.close()
	says := "namespace " + conn.namespace + " answers"
	if info, err := conn.temporal.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}); err == nil {
		says += ", server " + info.GetServerVersion()
	}
	return append(out, finding{"Temporal", "ok", says, ""})
}
