package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDevices(t *testing.T) {
	for _, tt := range []struct {
		asked, want, err string
	}{
		{"cpu", "cpu", ""},
		{"cuda:1", "cuda:1", ""},
		{"cuda:0, cuda:1,cpu", "cuda:0 cuda:1 cpu", ""},
		{"cuda:0,cuda:0", "", "named twice"},
		{"tpu", "", `"tpu"`},
		{"cuda:0,", "", "missing"},
		{"auto", "cpu", ""}, // this test is no trainer that links CUDA
		{"", "cpu", ""},
	} {
		got, err := devices(tt.asked, os.Args[0])
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v", tt.asked, err)
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%q: %v, %v, want %s", tt.asked, got, err, tt.want)
		}
	}
}

func TestVisibleGPUs(t *testing.T) {
	dev := t.TempDir()
	for _, name := range []string{"nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"} {
		if err := os.WriteFile(filepath.Join(dev, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for list, want := range map[string]int{"": 0, "-1": 0, "3": 1, "0,2": 2, "1,-1,2": 1, "MIG-a,MIG-b": 2} {
		t.Setenv("CUDA_VISIBLE_DEVICES", list)
		if got := visibleGPUs(dev); got != want {
			t.Errorf("CUDA_VISIBLE_DEVICES=%q: %d, want %d", list, got, want)
		}
	}
	if err := os.Unsetenv("CUDA_VISIBLE_DEVICES"); err != nil { // t.Setenv puts it back
		t.Fatal(err)
	}
	if got := visibleGPUs(dev); got != 2 {
		t.Errorf("%d devices of the driver, want 2", got)
	}
	if got := detect(os.Args[0], dev); strings.Join(got, " ") != "cpu" {
		t.Errorf("a trainer without CUDA is given %v", got)
	}
}
