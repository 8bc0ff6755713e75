package worker

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"madx/trainer/device"
)

// autoDevice asks for the devices that are found.
const autoDevice = "auto"

// devices turns what a person asked for into devices, each of which gets one slot: a device holds one training, two
// would halve each other's speed and double the memory.
func devices(asked, program string) ([]string, error) {
	if asked == "" || asked == autoDevice {
		return detect(program, "/dev"), nil
	}
	var out []string
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		d, err := device.Parse(name)
		if err == nil && name == "" {
			err = fmt.Errorf("a device is missing in %q", asked)
		}
		if err != nil {
			return nil, fmt.Errorf("%w, several separated by commas, or %q", err, autoDevice)
		}
		if slices.Contains(out, d.String()) {
			return nil, fmt.Errorf("device %s is named twice: it has one slot", d)
		}
		out = append(out, d.String())
	}
	return out, nil
}

// detect returns every GPU that this process may use, where the trainer can; else the CPU.
func detect(program, dev string) []string {
	n := visibleGPUs(dev)
	if n == 0 || !linksCUDA(program) {
		return []string{device.CPU.String()}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = device.CUDA(i).String()
	}
	return out
}

// visibleGPUs counts as CUDA does: CUDA_VISIBLE_DEVICES where it is set, up to the first entry that is none, else the
// driver's devices.
func visibleGPUs(dev string) int {
	if list, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set {
		n := 0
		for entry := range strings.SplitSeq(list, ",") {
			if entry = strings.TrimSpace(entry); entry == "" || strings.HasPrefix(entry, "-") {
				break
			}
			n++
		}
		return n
	}
	found, _ := filepath.Glob(filepath.Join(dev, "nvidia[0-9]*")) // the pattern is right
	return len(found)
}

// linksCUDA tells whether a trainer was built for GPUs, without starting it.
func linksCUDA(program string) bool {
	f, err := elf.Open(program)
	if err != nil {
		return false // absent, or not of Linux: neither has CUDA
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	return err == nil && slices.ContainsFunc(libraries, func(name string) bool { return strings.HasPrefix(name, "libtorch_cuda") })
}
