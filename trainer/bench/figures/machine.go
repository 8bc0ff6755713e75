package figures

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Machine is where figures come from.
type Machine struct {
	CPU       string   `json:"cpu"`
	Cores     int      `json:"cores"`
	MemoryMiB int64    `json:"memory_mib"`
	Features  []string `json:"features"` // those of the processor that kernels ask for
	Kernel    string   `json:"kernel"`
}

var asked = []string{"avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16", "amx_bf16"}

// ThisMachine reads what the system tells; what it does not tell stays empty.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU()}
	var family, model string
	for key, value := range fields("/proc/cpuinfo", ":") {
		switch key {
		case "model name":
			m.CPU = value
		case "cpu family":
			family = value
		case "model":
			model = value
		case "flags":
			have := strings.Fields(value)
			for _, f := range asked {
				if slices.Contains(have, f) && !slices.Contains(m.Features, f) {
					m.Features = append(m.Features, f)
				}
			}
		}
	}
	if family != "" {
		m.CPU = fmt.Sprintf("%s (family %s, model %s)", m.CPU, family, model)
	}
	m.MemoryMiB = memory("MemTotal")
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel, _, _ = strings.Cut(strings.TrimSpace(string(b)), "-")
	}
	return m
}

// Same tells whether kernels take the same paths on both machines.
func (m Machine) Same(o Machine) bool { return slices.Equal(m.Features, o.Features) }

// AvailableMiB is the memory that processes may still take.
func AvailableMiB() int64 { return memory("MemAvailable") }

func memory(key string) int64 {
	for k, v := range fields("/proc/meminfo", ":") {
		if k == key {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(v, " kB"), 10, 64)
			return kb >> 10
		}
	}
	return 0
}

// Load is the 1-minute load average, 0 where the system does not tell.
func Load() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

// BusySeconds is how long all processors together have been busy since the machine started.
func BusySeconds() float64 {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	const ticksPerSecond = 100 // as Linux gives them to programs, on every architecture in use
	sum := 0.0
	for i, f := range strings.Fields(line) {
		v, err := strconv.ParseFloat(f, 64)
		// 1 user, 2 nice, 3 system, 4 idle, 5 waiting for disks, 6 and 7 interrupts, 8 stolen by the host; guests are in user
		if err == nil && i != 4 && i != 5 && i <= 8 {
			sum += v
		}
	}
	return sum / ticksPerSecond
}

// fields yields the lines "key<sep> value" of a file of the system.
func fields(path, sep string) func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		b, err := os.ReadFile(path)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(b)) {
			if key, value, ok := strings.Cut(line, sep); ok && !yield(strings.TrimSpace(key), strings.TrimSpace(value)) {
				return
			}
		}
	}
}
