package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"madx/trainer/tensor"
)

// build is what `version` prints: which program this is, and what it found on this machine.
type build struct {
	Version     string   `json:"version"`
	Go          string   `json:"go"`
	Libtorch    string   `json:"libtorch"`     // of the library that was loaded
	CUDADevices int      `json:"cuda_devices"` // that the library can use
	CPU         string   `json:"cpu"`          // the instructions that libtorch's operations use
	Fused       []string `json:"fused"`        // element types of weights for which this processor has fused layers
}

func newVersion() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program and of libtorch, and what they found on this machine",
		Long: `Version loads libtorch and prints its version, the program's, the number of CUDA devices that it can use, and which
kernels this processor runs: the instructions of libtorch's own operations, and the precisions that have fused layers.

READS   nothing
WRITES  four lines, or with --output json an object, to standard output
EMITS   no events
` + exitStatus,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printVersion(cmd.OutOrStdout(), thisBuild(), output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), CUDADevices: tensor.CUDADevices(), Fused: []string{}}
	b.Libtorch, b.CPU = tensor.Library()
	const hidden, heads, inner = 768, 12, 3072 // sizes of a base model that the kernels can do
	for _, k := range []struct {
		kind tensor.Kind
		name string
	}{{tensor.Float32, "float32"}, {tensor.BFloat16, "bfloat16"}} {
		if tensor.LayerSupported(k.kind, -1, hidden, heads, inner) {
			b.Fused = append(b.Fused, k.name)
		}
	}
	return b
}

func printVersion(w io.Writer, b build, output string) error {
	switch output {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(b)
	case "text":
	default:
		return fmt.Errorf("--output: is %q, known are text and json", output)
	}
	fused := strings.Join(b.Fused, ", ")
	if fused == "" {
		fused = "none"
	}
	_, err := fmt.Fprintf(w, "madx-trainer %s (%s)\nlibtorch %s\n%d CUDA devices\nCPU: %s, fused layers: %s\n", b.Version, b.Go, b.Libtorch, b.CUDADevices, b.CPU, fused)
	return err
}
