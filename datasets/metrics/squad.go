package metrics

import (
	"fmt"
	"slices"
	"strings"
)

// QAScores are the scores of extracted answers: means over the questions.
type QAScores struct {
	EM       float64   `json:"exact_match"`
	F1       float64   `json:"f1"`
	PerEM    []float64 `json:"-"` // of every question, for Bootstrap
	PerF1    []float64 `json:"-"`
	Examples int       `json:"examples"`
}

// SquadEMF1 scores predicted answers, an empty one for an unanswered question, against the acceptable answers of each
// question: the best over them counts. SquadAnswer is SQuAD 1.1's and XQuAD's official normalisation, MLQAAnswer MLQA's.
func SquadEMF1(pred []string, gold [][]string, normalise Normaliser) (QAScores, error) {
	if len(gold) != len(pred) {
		return QAScores{}, fmt.Errorf("%d questions and %d predictions", len(gold), len(pred))
	}
	s := QAScores{Examples: len(gold)}
	for i := range gold {
		if len(gold[i]) == 0 {
			return QAScores{}, fmt.Errorf("question %d has no answers", i)
		}
		em, f1 := BestAnswer(pred[i], gold[i], normalise)
		s.PerEM, s.PerF1 = append(s.PerEM, em), append(s.PerF1, f1)
		s.EM += em
		s.F1 += f1
	}
	if n := float64(len(gold)); n > 0 {
		s.EM /= n
		s.F1 /= n
	}
	return s, nil
}

// BestAnswer returns the exact match (0 or 1) and the F1 over words of one prediction, each the best over the answers.
func BestAnswer(pred string, gold []string, normalise Normaliser) (em, f1 float64) {
	p := normalise(pred)
	words := strings.FieldsFunc(p, pythonSpace)
	for _, answer := range gold {
		g := normalise(answer)
		if g == p {
			em = 1
		}
		f1 = max(f1, wordF1(words, strings.FieldsFunc(g, pythonSpace)))
	}
	return em, f1
}

// wordF1 is the F1 over two bags of words; nothing in common, be it because both are empty, gives 0.
func wordF1(pred, gold []string) float64 {
	left := map[string]int{}
	for _, w := range gold {
		left[w]++
	}
	same := 0
	for _, w := range pred {
		if left[w] > 0 {
			left[w]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	precision, recall := float64(same)/float64(len(pred)), float64(same)/float64(len(gold))
	return 2 * precision * recall / (precision + recall)
}

// Normaliser brings an answer into the form in which answers are compared.
type Normaliser func(string) string

// SquadAnswer is the normalisation of SQuAD 1.1's official script, which XQuAD uses for all its languages: lower case,
// ASCII punctuation and the articles a, an, the removed, white space collapsed.
func SquadAnswer(s string) string {
	s = removeRunes(pythonLower(s), asciiPunct)
	s = removeWords(s, articles["en"])
	return strings.Join(strings.FieldsFunc(s, pythonSpace), " ")
}

// MLQAAnswer returns the normalisation of MLQA's official script for a language: Unicode punctuation and the
// language's articles are removed; Chinese is cut into characters. MLQA has ar, de, en, es, hi, vi and zh; for other
// languages, beyond MLQA, no articles are removed, and words are cut at white space.
func MLQAAnswer(lang string) Normaliser {
	return func(s string) string {
		s = removeRunes(pythonLower(s), anyPunct)
		if lang == "ar" {
			s = strings.ReplaceAll(s, "ال", " ") // the script's pattern means the prefix, but matches everywhere
		} else {
			s = removeWords(s, articles[lang])
		}
		if lang == "zh" {
			s = isolateHan(s)
		}
		return strings.Join(strings.FieldsFunc(s, pythonSpace), " ")
	}
}

var articles = map[string][]string{
	"en": {"a", "an", "the"},
	"es": {"un", "una", "unos", "unas", "el", "la", "los", "las"},
	"vi": {"của", "là", "cái", "chiếc", "những"},
	"de": {"ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"},
}

// removeWords replaces whole words by blanks.
func removeWords(s string, words []string) string {
	if len(words) == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return !pythonWord(r) })
		if n < 0 {
			n = len(s)
		}
		if slices.Contains(words, s[:n]) {
			b.WriteByte(' ')
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
		n = strings.IndexFunc(s, pythonWord)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String()
}

// isolateHan puts blanks around the characters that MLQA's script scores one by one.
func isolateHan(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fa5 {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
