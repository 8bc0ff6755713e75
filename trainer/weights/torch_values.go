package weights

import (
	"fmt"
	"math"
)

// torchStorage is a flat array of elements somewhere in the file. size is known when the pickle names it, offset only
// when the container's directory (zip) or the data after the pickle (before torch 1.6) has been read.
type torchStorage struct {
	key    string
	dtype  DType
	numel  int64
	offset int64
	placed bool
}

// torchTensor is a strided view of a storage.
type torchTensor struct {
	storage *torchStorage
	first   int64 // elements
	shape   []int64
	stride  []int64
}

var storageTypes = map[string]DType{
	"DoubleStorage": F64, "FloatStorage": F32, "HalfStorage": F16, "BFloat16Storage": BF16, "LongStorage": I64,
	"IntStorage": I32, "ShortStorage": I16, "CharStorage": I8, "ByteStorage": U8, "BoolStorage": Bool,
}

// findGlobal is the complete list of names a weight file may use.
func findGlobal(module, name string) (any, error) {
	g := pyGlobal{module, name}
	switch g {
	case pyGlobal{"collections", "OrderedDict"}, pyGlobal{"torch._utils", "_rebuild_tensor_v2"},
		pyGlobal{"torch._utils", "_rebuild_tensor"}, pyGlobal{"torch._utils", "_rebuild_parameter"}, pyGlobal{"torch", "Size"}:
		return g, nil
	}
	if module == "torch" || module == "torch.storage" {
		if _, ok := storageTypes[name]; ok {
			return g, nil
		}
	}
	return nil, fmt.Errorf("the file wants to use %q.%q, which is not a tensor or a plain container: refused (a weight file must not run code)", module, name)
}

func callGlobal(fn any, args pyTuple) (any, error) {
	g, ok := fn.(pyGlobal)
	if !ok {
		return nil, fmt.Errorf("calling %s is refused", describe(fn))
	}
	switch g.name {
	case "OrderedDict":
		return newOrderedDict(args)
	case "Size":
		if len(args) == 1 {
			if t, ok := args[0].(pyTuple); ok {
				return t, nil
			}
		}
	case "_rebuild_tensor_v2", "_rebuild_tensor":
		if len(args) >= 4 {
			return rebuildTensor(args)
		}
	case "_rebuild_parameter":
		if len(args) >= 1 {
			if t, ok := args[0].(*torchTensor); ok {
				return t, nil
			}
		}
	}
	return nil, fmt.Errorf("calling %s.%s this way is refused", g.module, g.name)
}

// newOrderedDict makes an empty one, or (as protocol 0 and 1 write it) one from a list of pairs.
func newOrderedDict(args pyTuple) (any, error) {
	d := &pyDict{values: map[any]any{}}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*pyList)
	if len(args) != 1 || !ok {
		return nil, fmt.Errorf("an OrderedDict made from %s is refused", describe(args[0]))
	}
	for _, item := range pairs.items {
		var kv []any
		switch p := item.(type) {
		case pyTuple:
			kv = p
		case *pyList:
			kv = p.items
		}
		if len(kv) != 2 {
			return nil, fmt.Errorf("an OrderedDict's entry that is not a pair is refused")
		}
		if err := d.set(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// rebuildTensor takes (storage, offset, size, stride, …); what follows (requires_grad, hooks) does not matter here.
func rebuildTensor(args pyTuple) (any, error) {
	s, ok := args[0].(*torchStorage)
	if !ok {
		return nil, fmt.Errorf("a tensor on %s is refused", describe(args[0]))
	}
	first, ok := args[1].(int64)
	if !ok || first < 0 {
		return nil, fmt.Errorf("a tensor beginning at %s is refused", describe(args[1]))
	}
	shape, err := dims(args[2])
	if err != nil {
		return nil, err
	}
	stride, err := dims(args[3])
	if err != nil {
		return nil, err
	}
	if len(shape) != len(stride) {
		return nil, fmt.Errorf("a tensor with %d dimensions and %d strides", len(shape), len(stride))
	}
	t := &torchTensor{storage: s, first: first, shape: shape, stride: stride}
	return t, t.check()
}

// check keeps every element inside the storage, and a tensor from being larger than its storage (a stride of 0 would
// let a file of a few bytes ask for any amount of memory).
func (t *torchTensor) check() error {
	n := product(t.shape)
	if n < 0 || n > t.storage.numel || t.first > t.storage.numel {
		return fmt.Errorf("a tensor of shape %v from element %d does not lie in its storage of %d elements", t.shape, t.first, t.storage.numel)
	}
	if n == 0 {
		return nil
	}
	last := t.first
	for i, d := range t.shape {
		if d > 1 && t.stride[i] > (math.MaxInt64-last)/(d-1) {
			return fmt.Errorf("a stride of %d is impossible", t.stride[i])
		}
		last += (d - 1) * t.stride[i]
	}
	if last >= t.storage.numel {
		return fmt.Errorf("a tensor of shape %v and strides %v does not lie in its storage of %d elements", t.shape, t.stride, t.storage.numel)
	}
	return nil
}

func (t *torchTensor) contiguous() bool {
	want := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] == 0 {
			return true
		}
		if t.shape[i] != 1 && t.stride[i] != want {
			return false
		}
		want *= t.shape[i]
	}
	return true
}

func (t *torchTensor) entry() entry {
	e := entry{info: Info{t.storage.dtype, t.shape}, offset: t.storage.offset + t.first*t.storage.dtype.Size()}
	if !t.contiguous() {
		e.stride = t.stride
	}
	return e
}

func dims(v any) ([]int64, error) {
	t, ok := v.(pyTuple)
	if !ok || len(t) > 16 {
		return nil, fmt.Errorf("dimensions given as %s are refused", describe(v))
	}
	out := make([]int64, len(t))
	for i, x := range t {
		d, ok := x.(int64)
		if !ok || d < 0 {
			return nil, fmt.Errorf("a dimension that is %s is refused", describe(x))
		}
		out[i] = d
	}
	return out, nil
}

// stateDict turns the top-level value into named tensors.
func stateDict(v any) (map[string]entry, error) {
	d, ok := v.(*pyDict)
	if !ok {
		return nil, fmt.Errorf("holds %s, expected a dict of tensors", describe(v))
	}
	entries := make(map[string]entry, len(d.keys))
	for _, key := range d.keys {
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("a tensor's name that is %s is refused", describe(key))
		}
		t, ok := d.values[key].(*torchTensor)
		if !ok {
			return nil, fmt.Errorf("entry %q is %s, expected a tensor", name, describe(d.values[key]))
		}
		if !t.storage.placed {
			return nil, fmt.Errorf("tensor %q: its data (storage %q) is missing from the file", name, t.storage.key)
		}
		if len(entries) >= maxTensors {
			return nil, fmt.Errorf("more than %d tensors", maxTensors)
		}
		entries[name] = t.entry()
	}
	return entries, nil
}
