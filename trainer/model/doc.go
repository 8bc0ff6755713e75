// Package model computes MAD-X (Pfeiffer et al. 2020, arXiv 2005.00052): a frozen BERT- or RoBERTa-shaped encoder with
// bottleneck adapters in its layers, an invertible adapter on its embeddings, and prediction heads. One call makes the
// forward and backward pass of a micro-batch and adds to the gradients of what is trained; other calls evaluate. It
// must not know optimisers' recipes, schedules, corpora or files on disk.
//
// Everything must be called inside tensor.Pin, from one goroutine.
//
// A training looks like this:
//
//	m, err := model.Load(cfg, tensors, model.Options{Device: device.CPU, Precision: model.BFloat16})
//	lang, err := m.NewAdapter("sw", adapterConfig, seed)
//	params := lang.Params()
//	err = m.SetTrained(params)
//	opt, err := optim.NewAdamW(params, optim.Config{})
//	for step := range steps {
//		loss, err := m.TrainMLM(model.Composition{Language: lang}, m.MLMHead(), batch, labels, 1/float64(scored), drop)
//		norm, err := optim.ClipGradNorm(params, 1)
//		err = opt.Step(lr)
//	}
package model
