package bench

import (
	"madx/trainer/hub"
)

// FLOPs are the floating-point operations of a step's matrix products, a multiplication and an addition each, by the
// size of the matrices, whose speeds differ. Counted is what the mathematics needs, not what an implementation spends:
// per weight and token 2 in the forward pass, 2 more for the gradient of the input where something below is trained, 2
// more for the gradient of the weight where it is trained itself; the output embedding, and in masked-LM training what the
// last layer makes of a token beyond its key and value, at scored positions only.
type FLOPs struct {
	Square float64 // attention with its projections, adapters, heads: hidden × hidden or less
	Wide   float64 // the feed-forward block: hidden × intermediate
	Words  float64 // the output embedding: hidden × vocabulary
}

// Total of a step.
func (f FLOPs) Total() float64 { return f.Square + f.Wide + f.Words }

func (f FLOPs) add(o FLOPs) FLOPs {
	return FLOPs{f.Square + o.Square, f.Wide + o.Wide, f.Words + o.Words}
}

// flops counts a step over rows of these lengths with that many scored positions.
func (o Options) flops(c hub.Config, lengths []int, scored int) FLOPs {
	var tokens, pairs float64
	for _, n := range lengths {
		tokens += float64(n)
		pairs += float64(n) * float64(n)
	}
	hidden, inner, s := float64(c.Hidden), float64(c.Intermediate), float64(scored)
	langCfg, taskCfg := o.adapters()
	// frozen, trained: operations per weight and token, with a gradient that goes on below and without.
	const forward, frozen, trained = 2.0, 4.0, 6.0
	var f FLOPs
	for i := range c.Layers {
		base := forward
		switch {
		case o.Work == MLM, o.Work == Task && i > 0: // the lowest trained task adapter ends layer 0
			base = frozen
		}
		read := tokens
		if o.Work == MLM && i == c.Layers-1 {
			read = s
		}
		f.Square += base * 2 * hidden * hidden * (tokens + read) // keys and values; queries and what attention gives
		f.Wide += base * 2 * hidden * inner * read
		// Scores and mixture: both factors are activations, so the backward pass has two products for each.
		attention := 2.0
		if base == frozen {
			attention = 6
		}
		f.Square += attention * 2 * hidden * pairs * read / tokens
		lang, task := hidden*float64(langCfg.Width(i, c.Hidden)), hidden*float64(taskCfg.Width(i, c.Hidden))
		switch o.Work {
		case MLM:
			f.Square += trained * 2 * lang * read
		case Task:
			f.Square += (base*2*lang + trained*2*task) * tokens
			if base == forward {
				f.Square -= 2 * task * tokens // the gradient of the lowest adapter's input
			}
		case Inference:
			f.Square += forward * 2 * (lang + task) * tokens
		}
	}
	wf, wg := langCfg.InvWidth(c.Hidden)
	first, second := float64(c.Hidden/2), float64(c.Hidden-c.Hidden/2)
	coupling := (float64(wf) + float64(wg)) * (first + second)
	switch o.Work {
	case MLM:
		f.Square += (trained*coupling - 2*float64(wf)*second) * tokens // the embeddings get no gradient
		f.Square += trained * coupling * s                             // the inverse before the output embedding
		f.Square += frozen * hidden * hidden * s                       // the head's transform
		f.Words += frozen * hidden * float64(o.words(c)) * s
	case Task:
		f.Square += forward*coupling*tokens + trained*hidden*Labels*tokens
	case Inference:
		f.Square += forward * (coupling + hidden*Labels) * tokens
	}
	return f
}
