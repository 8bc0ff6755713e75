package loop

import (
	"fmt"
	"slices"

	"madx/trainer/hub"
	"madx/trainer/spec"
	"madx/trainer/weights"
)

// adapterConfig fills in what a spec leaves to the Python library's defaults, with the paper's reductions.
func adapterConfig(a spec.Adapter, language bool, layers int) (hub.AdapterConfig, error) {
	c := hub.DefaultAdapterConfig(16)
	if language {
		c = hub.DefaultAdapterConfig(2)
		c.InvAdapter, c.InvReduction = "nice", 2
	}
	c.LeaveOut, c.ReductionPerLayer = slices.Clone(a.LeaveOut), a.PerLayer
	if a.NonLinearity != "" {
		c.NonLinearity = a.NonLinearity
	}
	if a.Reduction > 0 {
		c.Reduction = a.Reduction
	}
	if a.Invertible == "none" {
		c.InvAdapter, c.InvReduction = "", 0
	}
	if a.InvReduction > 0 {
		if c.InvAdapter == "" {
			return c, fmt.Errorf("invertible_reduction: is given, but there is no invertible adapter")
		}
		c.InvReduction = a.InvReduction
	}
	for i, layer := range a.LeaveOut {
		if layer >= layers {
			return c, fmt.Errorf("leave_out[%d]: is %d, the base model has layers 0 to %d", i, layer, layers-1)
		}
	}
	c, err := c.With(a.Config)
	if err != nil && len(a.Config) > 0 {
		return c, fmt.Errorf("config: %w", err)
	}
	return c, err
}

// adapterFiles is an adapter folder's contents, without a head.
func (b *base) adapterFiles(name string, c hub.AdapterConfig, tensors weights.Map, m *hub.Madx) hub.AdapterFiles {
	return hub.AdapterFiles{
		Name: name, ModelType: b.Config.ModelType, Hidden: b.Config.Hidden, Config: c, Tensors: tensors, Madx: m,
	}
}
