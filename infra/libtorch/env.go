package libtorch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// linked are the libraries on gotch's linker line.
var linked = []string{"torch", "c10", "torch_cpu", "cuda", "cudart", "cublas", "cudnn", "caffe2_nvrtc",
	"nvrtc-builtins", "nvrtc", "nvToolsExt", "c10_cuda", "torch_cuda"}

const emptyArchive = "!<arch>\n"

// alwaysStub needs the GPU's driver, which the machine that builds may lack;
// libtorch loads the real library by itself when it wants it.
const alwaysStub = "caffe2_nvrtc"

// writeStubs puts an empty archive into stubs for each linked library that lib
// does not have.
func writeStubs(lib, stubs string) error {
	if err := os.MkdirAll(stubs, 0o755); err != nil {
		return fmt.Errorf("make the folder of stubs: %w", err)
	}
	for _, name := range linked {
		stub := filepath.Join(stubs, "lib"+name+".a")
		_, err := os.Stat(filepath.Join(lib, "lib"+name+".so"))
		switch {
		case errors.Is(err, fs.ErrNotExist) || name == alwaysStub:
			err = os.WriteFile(stub, []byte(emptyArchive), 0o644)
		case err == nil:
			if err = os.Remove(stub); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		}
		if err != nil {
			return fmt.Errorf("stub for %s: %w", name, err)
		}
	}
	return nil
}

// Env is what the Go tool needs in its environment to build and link gotch.
type Env struct {
	Dir      string // with lib/ and include/
	Stubs    string
	CXX11ABI bool // false for the wheels
	CUDA     bool
}

// Shell returns the environment as lines for a shell to read. Go's build cache
// goes by these strings: changing one compiles gotch again, which takes minutes.
func (e Env) Shell() string {
	abi := 0
	if e.CXX11ABI {
		abi = 1
	}
	// The registration of the kernels is by static constructors, which the
	// linker would drop with the library if nothing seemed to use it.
	ld := fmt.Sprintf("-L%[1]s/lib -L%[2]s -Wl,-rpath,%[1]s/lib -Wl,--no-as-needed -ltorch_cpu", e.Dir, e.Stubs)
	if e.CUDA {
		// Stubs first, for alwaysStub. An old-style rpath also serves what the
		// CUDA libraries load later.
		ld = fmt.Sprintf("-L%[2]s -L%[1]s/lib -Wl,-rpath,%[1]s/lib -Wl,--disable-new-dtags -Wl,--no-as-needed -ltorch_cpu -ltorch_cuda", e.Dir, e.Stubs)
	}
	var b strings.Builder
	for _, v := range [][2]string{
		{"LIBTORCH", e.Dir},
		{"CGO_ENABLED", "1"},
		{"CGO_LDFLAGS", ld},
		{"CGO_CXXFLAGS", fmt.Sprintf("-D_GLIBCXX_USE_CXX11_ABI=%d -I%[2]s/include -I%[2]s/include/torch/csrc/api/include -O1 -g0 -w", abi, e.Dir)},
		{"CGO_CFLAGS", "-O2 -w"},
	} {
		fmt.Fprintf(&b, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	return b.String()
}
