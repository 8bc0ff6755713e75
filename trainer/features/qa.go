package features

import (
	"cmp"
	"slices"

	"madx/datasets/tokenizer"
)

// maxQuestion is the number of tokens that a question may take up.
const maxQuestion = 64

// Window is a question with a part of its context, for extractive question answering.
type Window struct {
	Row
	Context int               // index in IDs of the first token of the context
	Tokens  []tokenizer.Token // of the part of the context, offsets in runes of the whole context
	// Start and End are the indices in IDs of the answer's first and last token; both 0, the BOS token, where the
	// answer is not wholly within the window.
	Start, End int32
}

// Windows cuts a context into overlapping windows, each beside the question. stride is the overlap in tokens. The
// answer is given in runes of the context, half open; an empty one means that it is not known.
func (e Encoder) Windows(question, context string, stride, answerStart, answerEnd int) []Window {
	q := ids(e.Tok.Encode(question))
	q = q[:min(len(q), maxQuestion, e.MaxTokens/2)]
	tokens := e.Tok.Encode(context)
	room := e.MaxTokens - e.pairSpecials() - len(q)
	step := max(1, room-stride)
	var windows []Window
	for from := 0; ; from += step {
		part := tokens[from:min(from+room, len(tokens))]
		row, at := e.pair(q, ids(part))
		w := Window{Row: row, Context: at, Tokens: part}
		w.Start, w.End = w.find(answerStart, answerEnd)
		windows = append(windows, w)
		if from+room >= len(tokens) {
			return windows
		}
	}
}

// find returns the token span that covers a rune span, or 0, 0.
func (w Window) find(start, end int) (int32, int32) {
	if start >= end || len(w.Tokens) == 0 || start < w.Tokens[0].Start || end > w.Tokens[len(w.Tokens)-1].End {
		return 0, 0
	}
	first, last := -1, -1
	for i, t := range w.Tokens {
		if t.End > start && first < 0 {
			first = i
		}
		if t.Start < end {
			last = i
		}
	}
	if first < 0 || last < first {
		return 0, 0
	}
	return int32(w.Context + first), int32(w.Context + last)
}

// Span is a candidate answer, in runes of the context.
type Span struct {
	Start, End int
	Score      float64
}

// Spans returns the best answers of a window by the sum of start and end score, at most n, each at most maxTokens
// long. The scores are per token of the row.
func (w Window) Spans(start, end []float32, n, maxTokens int) []Span {
	starts, ends := best(start, w.Context, len(w.Tokens), n), best(end, w.Context, len(w.Tokens), n)
	var spans []Span
	for _, s := range starts {
		for _, e := range ends {
			if e < s || e-s+1 > maxTokens {
				continue
			}
			spans = append(spans, Span{w.Tokens[s].Start, w.Tokens[e].End, float64(start[w.Context+s]) + float64(end[w.Context+e])})
		}
	}
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Compare(b.Score, a.Score) })
	return spans[:min(n, len(spans))]
}

// best returns the indices, counted from offset, of the n highest scores among count.
func best(scores []float32, offset, count, n int) []int {
	index := make([]int, count)
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int { return cmp.Compare(scores[offset+b], scores[offset+a]) })
	return index[:min(n, count)]
}
