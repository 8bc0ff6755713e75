// Package hub reads and writes the folders of the ecosystem: a base model as Hugging Face saves it, an adapter with its
// head as the Python library `adapters` 1.3.0 saves it, and this project's own masked-LM head. It gives tensors
// canonical names, checks that they are all there and have the right shapes, and refuses by name whatever the trainer
// does not compute. It must not know how to compute (package trainer/model does) nor link libtorch.
package hub
