package tokenizer

// Window is one model input for a pair: a question and a stretch of a longer context.
type Window struct {
	IDs   []int32
	Types []int32 // token types: 1 for the context in BERT, else all 0
	// Context is the index in IDs of the first context token; Spans holds, for each context token, its code points in
	// the context.
	Context int
	Spans   [][2]int
}

// Single frames ids as one text: BOS ids EOS.
func (t *Tokenizer) Single(ids []int32) []int32 {
	out := append(make([]int32, 0, len(ids)+2), t.special.BOS)
	return append(append(out, ids...), t.special.EOS)
}

// Pair frames question and context, cutting the context into windows of at most maxLen ids in all; neighbours share
// stride context tokens. A question that leaves no room for that is cut to what half of maxLen holds; maxLen must be 12
// or more for windows to keep to it.
func (t *Tokenizer) Pair(question, context string, maxLen, stride int) []Window {
	seps := 1
	if t.double {
		seps = 2
	}
	frame := 2 + seps // BOS, separators, EOS
	stride = max(stride, 0)
	q, c := t.Encode(question), t.Encode(context)
	if len(q)+frame+stride >= maxLen {
		q = q[:min(max(maxLen/2-frame, 0), len(q))]
	}
	room := max(maxLen-frame-len(q), 1)
	step := max(room-stride, 1)
	var out []Window
	for from := 0; ; from += step {
		to := min(from+room, len(c))
		out = append(out, t.window(q, c[from:to], seps))
		if to == len(c) {
			return out
		}
	}
}

func (t *Tokenizer) window(q, c []Token, seps int) Window {
	w := Window{IDs: []int32{t.special.BOS}}
	for _, tok := range q {
		w.IDs = append(w.IDs, tok.ID)
	}
	for range seps {
		w.IDs = append(w.IDs, t.special.EOS)
	}
	w.Context = len(w.IDs)
	for _, tok := range c {
		w.IDs = append(w.IDs, tok.ID)
		w.Spans = append(w.Spans, [2]int{tok.Start, tok.End})
	}
	w.IDs = append(w.IDs, t.special.EOS)
	w.Types = make([]int32, len(w.IDs))
	if t.types {
		for i := w.Context; i < len(w.IDs); i++ {
			w.Types[i] = 1
		}
	}
	return w
}
