package tensor

import (
	"fmt"

	"github.com/sugarme/gotch/libtch"
)

// Activate applies a non-linearity by the name that Hugging Face gives it.
func (s *Scope) Activate(name string, x Tensor) Tensor {
	return s.call(name, func(o *libtch.Ctensor) {
		switch name {
		case "relu":
			libtch.AtgRelu(o, x.h)
		case "gelu":
			libtch.AtgGelu(o, x.h, "none")
		case "gelu_new":
			libtch.AtgGelu(o, x.h, "tanh")
		case "silu", "swish":
			libtch.AtgSilu(o, x.h)
		case "tanh":
			libtch.AtgTanh(o, x.h)
		case "leaky_relu", "leakyrelu":
			libtch.AtgLeakyRelu(o, x.h)
		case "sigmoid":
			libtch.AtgSigmoid(o, x.h)
		default:
			s.Fail(fmt.Errorf("activation %q is not known", name))
		}
	})
}
