package corpus

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// scriptsOf lists the languages whose text is in other or more scripts than CLDR's likely script of their code, and
// the codes of Wikipedia that are no language tags.
var scriptsOf = map[string][]string{
	"ja": {"Han", "Hiragana", "Katakana"}, "ko": {"Hangul", "Han"}, "zh": {"Han"}, "yue": {"Han"}, "wuu": {"Han"},
	"gan": {"Han"}, "lzh": {"Han"}, "zh-yue": {"Han"}, "zh-classical": {"Han"}, "hak": {"Latin", "Han"},
	"cdo": {"Latin", "Han"}, "nan": {"Latin", "Han"}, "zh-min-nan": {"Latin", "Han"}, "za": {"Latin", "Han"}, "ii": {"Yi"},
	"sr": {"Cyrillic", "Latin"}, "sh": {"Latin", "Cyrillic"}, "bs": {"Latin", "Cyrillic"}, "uz": {"Latin", "Cyrillic"},
	"kk": {"Cyrillic", "Arabic", "Latin"}, "ky": {"Cyrillic", "Arabic"}, "tt": {"Cyrillic", "Latin"}, "crh": {"Latin", "Cyrillic"},
	"tg": {"Cyrillic"}, "mn": {"Cyrillic", "Mongolian"}, "az": {"Latin"}, "azb": {"Arabic"}, "tk": {"Latin", "Cyrillic"},
	"ku": {"Latin", "Arabic"}, "ckb": {"Arabic"}, "ks": {"Arabic", "Devanagari"}, "sd": {"Arabic", "Devanagari"},
	"pa": {"Gurmukhi"}, "pnb": {"Arabic"}, "ug": {"Arabic", "Latin"}, "ha": {"Latin", "Arabic"}, "ms": {"Latin", "Arabic"},
	"ff": {"Latin", "Adlam"}, "iu": {"Canadian_Aboriginal", "Latin"}, "cr": {"Canadian_Aboriginal", "Latin"},
	"kv": {"Cyrillic"}, "koi": {"Cyrillic"}, "ban": {"Latin", "Balinese"}, "jv": {"Latin", "Javanese"}, "su": {"Latin", "Sundanese"},
	"bug": {"Buginese", "Latin"}, "bjn": {"Latin"}, "shi": {"Latin", "Tifinagh"}, "zgh": {"Tifinagh"}, "kab": {"Latin", "Tifinagh"},
	"got": {"Gothic"}, "cu": {"Cyrillic", "Glagolitic"}, "chr": {"Cherokee"}, "nqo": {"Nko"}, "sat": {"Ol_Chiki"},
	"lad": {"Latin", "Hebrew"}, "pi": {"Devanagari"}, "sa": {"Devanagari"}, "rmy": {"Latin", "Devanagari"}, "mo": {"Cyrillic"},
	"be-x-old": {"Cyrillic"}, "be-tarask": {"Cyrillic"}, "bh": {"Devanagari"}, "new": {"Devanagari"}, "gom": {"Devanagari", "Latin"},
	"simple": {"Latin"}, "als": {"Latin"}, "bat-smg": {"Latin"}, "fiu-vro": {"Latin"}, "roa-rup": {"Latin"}, "roa-tara": {"Latin"},
	"map-bms": {"Latin"}, "cbk-zam": {"Latin"}, "nds-nl": {"Latin"}, "eml": {"Latin"}, "nah": {"Latin"}, "no": {"Latin"},
}

// scriptNames gives Unicode's long names, which package unicode uses, for CLDR's four-letter codes.
var scriptNames = map[string]string{
	"Latn": "Latin", "Cyrl": "Cyrillic", "Arab": "Arabic", "Grek": "Greek", "Hebr": "Hebrew", "Deva": "Devanagari",
	"Beng": "Bengali", "Guru": "Gurmukhi", "Gujr": "Gujarati", "Orya": "Oriya", "Taml": "Tamil", "Telu": "Telugu",
	"Knda": "Kannada", "Mlym": "Malayalam", "Sinh": "Sinhala", "Thai": "Thai", "Laoo": "Lao", "Khmr": "Khmer",
	"Mymr": "Myanmar", "Tibt": "Tibetan", "Geor": "Georgian", "Armn": "Armenian", "Ethi": "Ethiopic", "Hang": "Hangul",
	"Hani": "Han", "Hans": "Han", "Hant": "Han", "Thaa": "Thaana", "Syrc": "Syriac", "Mong": "Mongolian", "Cher": "Cherokee",
	"Cans": "Canadian_Aboriginal", "Tfng": "Tifinagh", "Nkoo": "Nko", "Olck": "Ol_Chiki", "Mtei": "Meetei_Mayek",
	"Goth": "Gothic", "Java": "Javanese", "Bali": "Balinese", "Bugi": "Buginese", "Lana": "Tai_Tham", "Tale": "Tai_Le",
}

// Scripts returns the Unicode scripts that text in a language is written in, or nil where that is not known.
func Scripts(lang string) []string {
	lang = strings.ToLower(strings.ReplaceAll(lang, "_", "-"))
	if s, ok := scriptsOf[lang]; ok {
		return s
	}
	tag, err := language.Parse(lang)
	if err != nil {
		return nil
	}
	if base, conf := tag.Base(); conf != language.No && base.String() != lang {
		if s, ok := scriptsOf[base.String()]; ok && len(tag.Extensions()) == 0 && !strings.Contains(tag.String(), "-") {
			return s
		}
	}
	script, conf := tag.Script()
	if conf == language.No {
		return nil
	}
	if name, ok := scriptNames[script.String()]; ok {
		return []string{name}
	}
	return nil
}

// runeSet is a bitmap over all code points.
type runeSet [(unicode.MaxRune + 64) / 64]uint64

func (s *runeSet) has(r rune) bool { return s[r>>6]&(1<<(r&63)) != 0 }

func (s *runeSet) add(t *unicode.RangeTable) {
	mark := func(lo, hi, stride rune) {
		for r := lo; r <= hi; r += stride {
			s[r>>6] |= 1 << (r & 63)
		}
	}
	for _, x := range t.R16 {
		mark(rune(x.Lo), rune(x.Hi), rune(x.Stride))
	}
	for _, x := range t.R32 {
		mark(rune(x.Lo), rune(x.Hi), rune(x.Stride))
	}
}

// scriptFilter tells which paragraphs are in a language's scripts.
type scriptFilter struct {
	letters, wanted *runeSet
	share           float64
}

// newScriptFilter returns nil where nothing is to be filtered.
func newScriptFilter(scripts []string, share float64) (*scriptFilter, error) {
	if share < 0 || len(scripts) == 0 {
		return nil, nil
	}
	f := &scriptFilter{letters: new(runeSet), wanted: new(runeSet), share: share}
	f.letters.add(unicode.L)
	for _, name := range scripts {
		t, ok := unicode.Scripts[name]
		if !ok {
			return nil, fmt.Errorf("unknown script %q: use Unicode's names, such as Latin or Canadian_Aboriginal", name)
		}
		f.wanted.add(t)
	}
	return f, nil
}

// keeps reports whether enough of the letters of a valid UTF-8 text are in the wanted scripts. Text without letters
// is in no script. Letters common to all scripts (ʼ, ー) count for neither side.
func (f *scriptFilter) keeps(text []byte) bool {
	letters, wanted := 0, 0
	for _, r := range string(text) {
		switch {
		case r < 0 || !f.letters.has(r):
		case f.wanted.has(r):
			letters++
			wanted++
		case !unicode.Is(unicode.Common, r):
			letters++
		}
	}
	return letters > 0 && float64(wanted) >= f.share*float64(letters)
}
