// Package trainer only holds this reading guide to the packages of the training process.
//
// Files and plain data, without libtorch:
//
//   - spec and events: what a trainer process reads and what it says; schema lists their keys from the types.
//   - weights and hub: named tensors on disk; base models, adapters and heads as folders.
//
// Computing, over libtorch through gotch:
//
//   - device: names of devices, cores and memory of this machine.
//   - tensor: handles owned by a scope that frees them, errors as values; the only package that talks to libtorch.
//   - model: the frozen encoder, adapters, heads; one call for forward and backward of a micro-batch.
//   - optim: AdamW and gradient clipping over parameters.
//   - stack: a base model with its tokenizer and a stack of adapters from folders; refuses what makes no sense.
//   - loop: steps, schedules, checkpoints, held-out losses, best state.
//
// Read model/doc.go first: it states what is computed and in which precision. Then model/train.go, which is one step.
package trainer
