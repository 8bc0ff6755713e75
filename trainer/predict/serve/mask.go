package serve

import (
	"errors"
	"slices"
	"strings"

	"madx/trainer/features"
	"madx/trainer/model"
	"madx/trainer/predict"
)

const defaultTop = 5

// fill guesses the words at the masks, with the language adapter and without.
func (v *server) fill(q predict.Query) (predict.Answer, error) {
	ids, at, err := v.masked(q.Text)
	if err != nil {
		return predict.Answer{}, err
	}
	b := batch([]features.Row{{IDs: ids}}, v.base.Tok.Special().Pad)
	a := predict.Answer{Text: q.Text, Masks: make([]predict.Mask, len(at))}
	without, err := v.guess(model.Composition{}, b, at)
	if err != nil {
		return a, err
	}
	for i := range at {
		a.Masks[i].Without = without[i]
	}
	if v.stack == nil {
		return a, nil
	}
	with, err := v.guess(v.stack.Composition, b, at)
	for i := range with {
		a.Masks[i].With = with[i]
	}
	return a, err
}

// masked returns the row of a text and where its masks are. Both ways to write a mask are understood.
func (v *server) masked(text string) ([]int32, []int, error) {
	mask := v.base.Tok.Special().Mask
	if mask < 0 {
		return nil, nil, errors.New("the base model's tokenizer has no mask token")
	}
	for _, written := range []string{strings.ReplaceAll(text, "[MASK]", "<mask>"), strings.ReplaceAll(text, "<mask>", "[MASK]")} {
		ids := v.base.Tok.AppendIDs(nil, written)
		if !slices.Contains(ids, mask) {
			continue
		}
		row := v.base.Tok.Single(ids)
		if limit := v.base.Model.MaxSeq(); len(row) > limit {
			return nil, nil, errors.New("the text is too long for the base model: shorten it")
		}
		var at []int
		for i, id := range row {
			if id == mask {
				at = append(at, i)
			}
		}
		return row, at, nil
	}
	return nil, nil, errors.New("the text has no <mask>")
}

// guess returns the likeliest pieces at each position.
func (v *server) guess(c model.Composition, b model.Batch, at []int) ([][]predict.Guess, error) {
	scores, err := v.base.Model.MLMLogits(c, v.base.Model.MLMHead(), b, at)
	if err != nil {
		return nil, err
	}
	top := v.spec.Top
	if top == 0 {
		top = defaultTop
	}
	width := len(scores) / len(at)
	out := make([][]predict.Guess, len(at))
	for i := range at {
		p := softmax(scores[i*width : (i+1)*width])
		for range min(top, width) {
			best := argMax(p)
			out[i] = append(out[i], predict.Guess{Piece: v.base.Tok.Piece(int32(best)), Score: p[best]})
			p[best] = -1
		}
	}
	return out, nil
}
