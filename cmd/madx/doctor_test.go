package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madx/infra/config"
)

func TestDoctorSaysWhatToDo(t *testing.T) {
	status, out, _ := command(t, "doctor", "-o", "json")
	var all []finding
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if status != 1 { // neither a store nor Temporal is there
		t.Errorf("status %d", status)
	}
	for _, f := range all {
		if f.State != "ok" && f.State != "warn" && f.State != "fail" {
			t.Errorf("%+v", f)
		}
		if f.State == "fail" && f.Do == "" {
			t.Errorf("%s fails without a word on what to do", f.What)
		}
	}
}

// A trainer of another version is worth a word.
func TestDoctorComparesTheTrainer(t *testing.T) {
	for _, tt := range []struct{ version, state string }{{version, "ok"}, {"v0.9", "warn"}} {
		b := trainerBuild{Version: tt.version, Libtorch: "2.1.0", CPU: "AVX512", Fused: []string{"float32"}}
		f := b.finding("/bin/madx-trainer")
		if f.State != tt.state || (f.Do == "") != (tt.state == "ok") || !strings.Contains(f.Says, "libtorch 2.1.0") || !strings.Contains(f.Says, tt.version) {
			t.Errorf("%s: %+v", tt.version, f)
		}
	}
}

func TestInitWritesAFileThatIsRead(t *testing.T) {
	for _, kind := range []string{"ner", "ccr", "qa"} {
		file := filepath.Join(t.TempDir(), "sweep.yaml")
		status, _, errOut := command(t, "sweep", "init", file, "--kind", kind, "--targets", "sw,qu")
		if status != 0 {
			t.Fatalf("%s: status %d: %s", kind, status, errOut)
		}
		// Only what does not exist yet may be wrong with it.
		if _, err := config.ReadSweep(file, nil); err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.Contains(line, "holds no config.json") && !strings.Contains(line, "no file "+filepath.Dir(file)) {
					t.Errorf("%s: %s", kind, line)
				}
			}
		}
		if status, _, errOut := command(t, "sweep", "init", file); status != 2 || !strings.Contains(errOut, "there already") {
			t.Errorf("written over: %d %s", status, errOut)
		}
	}
	for _, args := range [][]string{{"--targets", "xx-none"}, {"--kind", "pos"}, {"--test", "sw"}} {
		if status, _, errOut := command(t, append([]string{"sweep", "init", "-"}, args...)...); status != 2 {
			t.Errorf("%v: status %d: %s", args, status, errOut)
		}
	}
}

func TestDiff(t *testing.T) {
	var out strings.Builder
	a := &app{out: &out}
	x, y := finished(), finished()
	y.Sweep, y.Params.Seed = "u", 7
	y.Results[0].Rows[1].Score = 0.6
	if err := a.printDiff(t.Context(), x, y); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seed", "ner sw target_swapped", "55.0 (45.0–65.0)", "60.0 (45.0–65.0)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "source_kept") {
		t.Errorf("shows what is the same:\n%s", out.String())
	}
}

// A worker for a GPU that its trainer does not see would fail every training: it is refused.
func TestMissingDevices(t *testing.T) {
	trainer := filepath.Join(t.TempDir(), "madx-trainer")
	if err := os.WriteFile(trainer, []byte("#!/bin/sh\necho '{\"cuda_devices\": 2}'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for devices, missing := range map[string]string{"auto": "", "cpu": "", "cuda:0,cuda:1": "", "cuda:0, cuda:2": "cuda:2", "cuda:9": "cuda:9"} {
		if got := missingDevice(t.Context(), devices, trainer); (missing == "") != (got == "") || !strings.Contains(got, missing) {
			t.Errorf("%s: %q", devices, got)
		}
	}
	if got := missingDevice(t.Context(), "cuda:9", filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("a trainer that does not start: %s", got)
	}
}

func TestMistypedVariablesAreFound(t *testing.T) {
	for name, want := range map[string]string{"MADX_STORE_ENDPONT": "did you mean MADX_STORE_ENDPOINT?", "MADX_STORE_BUCKET": "MADX_STORE_URI", "MADX_HOEM": "did you mean MADX_HOME?",
		"MADX_STORE_URI": "", "MADX_LANGUAGE_STEPS": "", "MADX_WORKER_LOG_FORMAT": "", "PATH": ""} {
		found := checkVariables([]string{name + "=x"})
		if (want == "") != (len(found) == 0) || want != "" && !strings.Contains(found[0].Do, want) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
