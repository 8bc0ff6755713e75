package integration

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"madx/worker"
	"madx/workflows"
)

// A new release's workers do not touch a sweep under way: it ends on the version that it began with, the next one runs on
// the version that was promoted meanwhile.
func TestReleasesLeaveRunningSweepsAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole stack: left out by -short")
	}
	s := start(t)
	s.worker = s.release("v1")
	file := writeSweep(t, s.dir)
	s.run("sweep", "start", file)
	trainer := s.training("de")
	s.signal(trainer, syscall.SIGSTOP)

	s.release("v2")
	if got := s.versions("madx", "v2"); got["v1"] != "draining" || got["v2"] != "current" {
		t.Errorf("versions %v", got)
	}
	s.signal(trainer, syscall.SIGCONT)
	s.run("sweep", "watch", "tiny")
	first := s.progress()
	second := s.sweepAs("next", file)
	checkResult(t, second)
	for version, steps := range map[string][]workflows.Step{"v1": first.Steps, "v2": second.Steps} {
		for _, st := range steps {
			if got := s.buildOf(st.ID); got != version {
				t.Errorf("%s ran on version %q, want %q", st.ID, got, version)
			}
		}
	}
	if got := s.buildOf(workflows.SweepID("tiny")) + " " + s.buildOf(workflows.SweepID("next")); got != "v1 v2" {
		t.Errorf("the sweeps ran on %s", got)
	}
}

// release starts a worker of a version and makes it the one for new sweeps.
func (s *stack) release(version string) *exec.Cmd {
	s.t.Helper()
	w := s.program("worker-"+version, "worker", "--dir", filepath.Join(s.dir, "worker-"+version), "--threads", "1", "--drain", "20s",
		"--deployment", "madx", "--build-id", version)
	s.until("Temporal knows the worker's queues", w, func() bool {
		return s.command("promote", "madx", version).Run() == nil
	})
	return w
}

// versions are the states of a deployment's versions, after one was made the current one again.
func (s *stack) versions(deployment, current string) map[string]string {
	s.t.Helper()
	var list []worker.Version
	if err := json.Unmarshal(s.run("promote", deployment, current, "-o", "json"), &list); err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, v := range list {
		out[v.BuildID] = v.State
	}
	return out
}

// buildOf is the version that a workflow ran on.
func (s *stack) buildOf(id string) string {
	s.t.Helper()
	d, err := s.temporal().DescribeWorkflowExecution(s.t.Context(), id, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return d.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId()
}
