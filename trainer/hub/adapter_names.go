package hub

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"madx/trainer/weights"
)

// oldNames are module names that older releases of the library gave to what is called adapters today.
var oldNames = strings.NewReplacer(
	".layer_text_lang_adapters.", ".adapters.", ".layer_text_task_adapters.", ".adapters.", ".layer_adapters.", ".adapters.",
	"invertible_lang_adapters.", "invertible_adapters.",
)

// renameOld gives every tensor today's name with the family's prefix.
func renameOld(m weights.Map, f Family) (weights.Map, error) {
	out := make(weights.Map, len(m))
	for _, key := range m.Names() {
		if strings.Contains(key, ".attention_text_lang_adapters.") || strings.Contains(key, ".attention_text_task_adapters.") {
			return nil, fmt.Errorf("tensor %q belongs to an adapter after the attention, which is not supported (mh_adapter)", key)
		}
		name := oldNames.Replace(key)
		if strings.HasPrefix(name, "encoder.") || strings.HasPrefix(name, "invertible_adapters.") {
			name = f.Prefix() + name // saved from the encoder alone
		}
		if _, dup := out[name]; dup {
			return nil, fmt.Errorf("tensor %q is there under an old and a new name", name)
		}
		out[name] = m[key]
	}
	return out, nil
}

// Renamed is the same adapter under another name, in its keys too; the tensors' bytes are shared.
func (a AdapterFiles) Renamed(name string) AdapterFiles {
	f := families[a.ModelType]
	old := a.Name
	out := weights.Map{}
	for key, t := range a.Tensors {
		key = strings.Replace(key, ".adapters."+old+".", ".adapters."+name+".", 1)
		key = strings.Replace(key, InvertiblePrefix(f, old), InvertiblePrefix(f, name), 1)
		out[key] = t
	}
	a.Tensors, a.HeadTensors, a.Name = out, rename(a.HeadTensors, HeadPrefix(old), HeadPrefix(name)), name
	return a
}

func rename(m weights.Map, from, to string) weights.Map {
	if from == to || m == nil {
		return m
	}
	out := make(weights.Map, len(m))
	for key, t := range m {
		if rest, ok := strings.CutPrefix(key, from); ok {
			key = to + rest
		}
		out[key] = t
	}
	return out
}

// dropUnusedInvertible handles task adapters of the first releases, whose configuration names an invertible adapter that
// they do not have.
func (a *AdapterFiles) dropUnusedInvertible(kind string, f Family) {
	if a.Config.InvAdapter == "" || kind != "text_task" {
		return
	}
	for key := range a.Tensors {
		if strings.HasPrefix(key, InvertiblePrefix(f, a.Name)) {
			return
		}
	}
	a.Config.InvAdapter, a.Config.InvReduction = "", 0
}

var layerNumber = regexp.MustCompile(`^(?:roberta|bert)\.encoder\.layer\.(\d{1,4})\.`)

// LayerCount is how many layers the base model has by the adapter's tensors and leave_out.
func (a AdapterFiles) LayerCount() int {
	n := 0
	for key := range a.Tensors {
		if m := layerNumber.FindStringSubmatch(key); m != nil {
			if i, err := strconv.Atoi(m[1]); err == nil {
				n = max(n, i+1)
			}
		}
	}
	for _, l := range a.Config.LeaveOut {
		if l == n { // only the layers after the last adapter cannot be seen
			n++
		}
	}
	return n
}
