package hub

// The library's file names.
const (
	adapterConfigFile = "adapter_config.json"
	adapterTorchFile  = "pytorch_adapter.bin"
	adapterSafeFile   = "adapter.safetensors"
	headConfigFile    = "head_config.json"
	headTorchFile     = "pytorch_model_head.bin"
	headSafeFile      = "model_head.safetensors"
)

// This project's own.
const (
	madxFile    = "madx.json"
	mlmHeadFile = "mlm_head.safetensors"
)
