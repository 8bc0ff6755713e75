package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A job whose time ends drains its worker, waits for it, and asks to be queued again; a worker that fails fails the job.
func TestSlurmJobDrainsAndQueuesAgain(t *testing.T) {
	for _, c := range []struct {
		name, worker string
		signal       bool
		status       int
		log          string
	}{
		{"time ends", `trap 'sleep 0.3; echo drained >> "$LOG"; exit 0' TERM; echo ready >> "$LOG"; while :; do sleep 0.05; done`, true, 0,
			"ready\ndrained\nscontrol requeue 7_3\n"},
		{"worker fails", `echo ready >> "$LOG"; exit 3`, false, 3, "ready\n"},
		{"no work left", `echo ready >> "$LOG"`, false, 0, "ready\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			log := filepath.Join(dir, "log")
			for name, text := range map[string]string{
				"madx":       "#!/bin/bash\n" + c.worker + "\n",
				"scontrol":   "#!/bin/bash\necho \"scontrol $*\" >> \"$LOG\"\n",
				"worker.env": "TEMPORAL_ADDRESS=temporal:7233\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("bash", "../slurm/worker.sbatch")
			cmd.Env = append(os.Environ(), "LOG="+log, "PATH="+dir+":"+os.Getenv("PATH"), "MADX="+filepath.Join(dir, "madx"), "MADX_WORKER_ENV="+filepath.Join(dir, "worker.env"),
				"SLURM_JOB_ID=9", "SLURM_ARRAY_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3", "TMPDIR="+dir)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if c.signal {
				for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
					if text, _ := os.ReadFile(log); strings.Contains(string(text), "ready") {
						break
					}
					if time.Now().After(deadline) {
						t.Fatal("the worker did not start")
					}
				}
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("exit status %d, want %d", got, c.status)
			}
			if text, _ := os.ReadFile(log); string(text) != c.log {
				t.Errorf("log %q, want %q", text, c.log)
			}
		})
	}
}

func TestSlurmJobNeedsSettings(t *testing.T) {
	cmd := exec.Command("bash", "../slurm/worker.sbatch")
	cmd.Env = append(os.Environ(), "MADX_WORKER_ENV=/nowhere/worker.env")
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "/nowhere/worker.env cannot be read") {
		t.Errorf("exit status %d, said %q", cmd.ProcessState.ExitCode(), out)
	}
}
