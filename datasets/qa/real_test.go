package qa

// realFiles holds the counts of the real files.
var realFiles = map[string]Report{
	"squad/squad-en-minus-xquad.json.gz": {Articles: 48, Paragraphs: 1827, Questions: 9380, Answers: 30762, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.ar.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.de.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.en.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.es.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.ru.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.th.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.tr.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.vi.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
	"xquad/xquad.zh.json.gz":             {Articles: 48, Paragraphs: 240, Questions: 1190, Answers: 1190, WrongAnswers: 0, Unanswered: 0},
}
