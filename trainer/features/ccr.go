package features

import "madx/datasets/ccr"

// Choice is a multiple-choice question: one row per choice.
type Choice struct {
	Rows  []Row
	Label int // index of the right choice
}

// Choice encodes premise and question beside each of the choices: the premise and the question are one text, the choice
// is the other. COPA's relations "cause" and "effect" become the questions that its authors ask; any other text is taken
// as it is. Where a pair is too long, the premise loses its beginning.
func (e Encoder) Choice(premise, question string, choices []string, label int) Choice {
	text := ids(e.Tok.Encode(premise + " " + ccr.Example{Question: question}.QuestionText()))
	c := Choice{Label: label}
	for _, choice := range choices {
		second := ids(e.Tok.Encode(choice))
		second = second[:min(len(second), e.MaxTokens/2)]
		room := e.MaxTokens - e.pairSpecials() - len(second)
		row, _ := e.pair(text[max(0, len(text)-room):], second)
		c.Rows = append(c.Rows, row)
	}
	return c
}
