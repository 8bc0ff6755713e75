package predict

import "unicode"

// Word is a word of a text with its place in code points, half open.
type Word struct {
	Text       string
	Start, End int
}

// Words splits a text as the annotated data are split: at white space, with punctuation by itself, and every character
// of scripts without spaces by itself. Marks stay with the letter before them; apostrophes and hyphens within a word
// stay in it.
func Words(text string) []Word {
	runes := []rune(text)
	var out []Word
	for i := 0; i < len(runes); {
		if unicode.IsSpace(runes[i]) {
			i++
			continue
		}
		end := i + 1
		if !alone(runes[i]) {
			for end < len(runes) && goesOn(runes, end) {
				end++
			}
		}
		for end < len(runes) && unicode.IsMark(runes[end]) {
			end++
		}
		out = append(out, Word{string(runes[i:end]), i, end})
		i = end
	}
	return out
}

// spaceless are scripts that write words without spaces between them.
var spaceless = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

func alone(r rune) bool {
	return unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.In(r, spaceless...)
}

// goesOn tells whether the rune at i belongs to the word before it.
func goesOn(runes []rune, i int) bool {
	r := runes[i]
	if unicode.IsSpace(r) {
		return false
	}
	if !alone(r) {
		return true
	}
	joins := r == '\'' || r == '’' || r == '-' || r == '.' || r == ','
	if !joins || i+1 >= len(runes) {
		return false
	}
	next := runes[i+1]
	if r == '.' || r == ',' {
		return unicode.IsDigit(runes[i-1]) && unicode.IsDigit(next) // 3.5 and 1,000
	}
	return unicode.IsLetter(next) || unicode.IsDigit(next)
}
