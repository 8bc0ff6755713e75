package features

// Choice is a multiple-choice question: one row per choice.
type Choice struct {
	Rows  []Row
	Label int // index of the right choice
}

// prompts are COPA's two relations as the questions its authors ask.
var prompts = map[string]string{"cause": "What was the cause?", "effect": "What happened as a result?"}

// Choice encodes premise and question beside each of the choices. A question "cause" or "effect" becomes COPA's own
// wording; any other text is taken as it is. Where a pair is too long, the premise loses its beginning.
func (e Encoder) Choice(premise, question string, choices []string, label int) Choice {
	if text, ok := prompts[question]; ok {
		question = text
	}
	text := ids(e.Tok.Encode(premise + " " + question))
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
