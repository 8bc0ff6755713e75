// Package device names where tensors live and reads what a training may use of this machine: cores and resident
// memory. It must not know tensors or libtorch, so that a spec can be checked without either.
package device

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Device is a place for tensors: CPU, the zero value, or a CUDA device.
type Device int

// CPU is the default.
const CPU Device = 0

// CUDA is the CUDA device of an index from 0.
func CUDA(index int) Device { return Device(index + 1) }

// Index is a CUDA device's index; -1 for the CPU, as libtorch and gotch count.
func (d Device) Index() int { return int(d) - 1 }

// Parse reads "cpu", "" (the CPU) or "cuda:N".
func Parse(s string) (Device, error) {
	if s == "" || s == "cpu" {
		return CPU, nil
	}
	if n, ok := strings.CutPrefix(s, "cuda:"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < 128 && n == strconv.Itoa(i) {
			return CUDA(i), nil
		}
	}
	return CPU, fmt.Errorf("device %q: want \"cpu\" or \"cuda:N\" with N from 0", s)
}

// String is the inverse of Parse.
func (d Device) String() string {
	if d == CPU {
		return "cpu"
	}
	return "cuda:" + strconv.Itoa(d.Index())
}

// Cores is the number of cores this process may run on: the default number of threads.
func Cores() int { return runtime.NumCPU() }

// ResidentBytes is the resident memory of this process, 0 where the system does not tell.
func ResidentBytes() int64 { return statusBytes("VmRSS:") }

// PeakResidentBytes is the highest resident memory of this process so far, 0 where the system does not tell.
func PeakResidentBytes() int64 { return statusBytes("VmHWM:") }

func statusBytes(key string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			fields := strings.Fields(rest)
			if len(fields) == 2 && fields[1] == "kB" {
				kb, err := strconv.ParseInt(fields[0], 10, 64)
				if err == nil {
					return kb << 10
				}
			}
		}
	}
	return 0
}
