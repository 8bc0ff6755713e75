package native

// #include "native.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Sequence is one text among packed tokens: Rows tokens from Begin on, of which attention sees the first Keys; the result
// has the first Read of them.
type Sequence struct{ Begin, Rows, Keys, Read int64 }

// FusedSupported tells whether this processor and these sizes allow fused layers of an element type.
func FusedSupported(kind, hidden, heads, inner int) bool {
	return C.madx_fused_supported(C.int(kind), C.int64_t(hidden), C.int64_t(heads), C.int64_t(inner)) != 0
}

// NewLayer packs a layer's weights; nil on failure.
func NewLayer(kind, heads int, eps float64, tensors [12]Handle) unsafe.Pointer {
	return C.madx_layer_new(C.int(kind), C.int64_t(heads), C.double(eps), &tensors[0])
}

// FreeLayer releases what NewLayer returned.
func FreeLayer(l unsafe.Pointer) { C.madx_layer_free(l) }

// LayerForward runs a layer over packed tokens; adapters holds four handles for each adapter. nil on failure.
func LayerForward(l unsafe.Pointer, x Handle, seqs []Sequence, adapters []Handle, p float64, seed, stream uint64) Handle {
	var a *Handle
	if len(adapters) > 0 {
		a = &adapters[0]
	}
	out := C.madx_layer_forward(l, x, (*C.int64_t)(unsafe.Pointer(&seqs[0])), C.int(len(seqs)), a, C.int(len(adapters)/4), C.double(p),
		C.uint64_t(seed), C.uint64_t(stream))
	runtime.KeepAlive(seqs)
	return out
}
