// Package weights reads and writes named tensors on disk: safetensors, and the two pickle containers of PyTorch. Files
// come from outside, so every length and offset is checked before it is used, the pickle reader can build tensors and
// plain containers and nothing else, and no tensor is read before it is asked for. It must not know what the tensors
// mean (package trainer/hub does) nor link libtorch.
package weights
