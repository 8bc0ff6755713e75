package qa

import (
	"errors"
	"fmt"

	"madx/datasets/parquet"
)

// readParquet reads one question a row: id, context, question, and answers with the lists text and answer_start.
// Questions of one paragraph follow each other.
func readParquet(path string) ([]Example, Report, error) {
	var out []Example
	var report Report
	f, err := parquet.Open(path, limits)
	if err != nil {
		return nil, report, fmt.Errorf("reading question-answering data: %w", err)
	}
	defer f.Close()
	title, context := "", ""
	err = f.Rows(func(_ int, r parquet.Row) error {
		q, text, err := columnQuestion(r)
		if err != nil {
			return err
		}
		if t, _ := r["title"].(string); report.Articles == 0 || t != title {
			report.Articles++
			title = t
		}
		same := report.Paragraphs > 0 && text == context
		context = text
		p := paragraph{Context: &text, QAs: []question{q}}
		kept, err := p.examples(&report)
		if same {
			report.Paragraphs--
		}
		out = append(out, kept...)
		return err
	})
	if err != nil {
		return nil, report, err
	}
	return out, report, report.enough(path)
}

func columnQuestion(r parquet.Row) (q question, context string, err error) {
	var okContext, okQuestion bool
	context, okContext = r["context"].(string)
	q.Question, okQuestion = r["question"].(string)
	if !okContext || !okQuestion {
		return q, "", errors.New("no texts in the columns context and question: is this SQuAD?")
	}
	q.ID, _ = r["id"].(string)
	texts, _ := r["answers.text"].([]any)
	starts, ok := r["answers.answer_start"].([]any)
	if !ok || len(texts) != len(starts) {
		return q, "", fmt.Errorf("question %s: %d answers with %d offsets in answers.text and answers.answer_start", q.ID, len(texts), len(starts))
	}
	for i := range texts {
		text, _ := texts[i].(string)
		a := span{Text: text}
		if n, ok := starts[i].(int64); ok {
			at := int(n)
			a.Start = &at
		}
		q.Answers = append(q.Answers, a)
	}
	q.Impossible = len(texts) == 0
	return q, context, nil
}
