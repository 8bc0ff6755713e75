// Package stack puts together what runs: a base model with its tokenizer, and the adapters of folders on top of it.
// Everything that computes with finished adapters begins here, so that a composition that makes no sense is refused in
// one place. It must not know what the adapters are used for, nor how they were trained.
//
// Everything must be called inside tensor.Pin, from one goroutine:
//
//	err := tensor.Pin(threads, func() error {
//		b, err := stack.Open(spec.Model{Dir: "xlmr-base", Precision: "bfloat16"}, "cpu")
//		if err != nil {
//			return err
//		}
//		defer b.Close()
//		s, err := b.Load(stack.Folders{Language: "adapters/sw", Source: "adapters/en", Task: "adapters/ner-en"})
//		if err != nil {
//			return err
//		}
//		enc := b.Encoder(128)                                    // texts → rows of ids
//		scores, err := b.Model.Logits(s.Composition, s.Head, batch) // [rows, seq, labels] and so on
//		…
//	})
//
// Masked-LM scores come from b.Model.MLMLogits(s.Composition, b.Model.MLMHead(), …), where the base has such a head or
// spec.Model names one.
package stack
