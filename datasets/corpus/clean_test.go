package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	latin, err := newScriptFilter([]string{"Latin"}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	c := cleaner{minChars: 5, scripts: latin}
	tests := []struct {
		name, in, want string
		verdict        verdict
	}{
		{"plain", "Hello world", "Hello world", kept},
		{"white space", " \t Hello\u00a0\u3000  world \r", "Hello world", kept},
		{"composed", "Cafe\u0301 noir", "Caf\u00e9 noir", kept},
		{"NUL and controls", "He\x00llo\x07 \u0085wor\u009fld", "Hello world", kept},
		{"byte order mark", "\uFEFFHello world", "Hello world", kept},
		{"invalid UTF-8", "Hel\xfflo w\xc3orld", "Hello world", kept},
		{"joiners stay", "می\u200cخواهم hello world again", "می\u200cخواهم hello world again", kept},
		{"blank", " \t\x00", "", blank},
		{"short", "Hey!", "Hey!", short},
		{"code points, not bytes", "éééé", "éééé", short},
		{"wrong script", "Привет, мир", "Привет, мир", wrongScript},
		{"no letters", "12345 67890", "12345 67890", wrongScript},
		{"mixed, mostly right", "the word мир here", "the word мир here", kept},
	}
	var b buffers
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := c.clean([]byte(tt.in), &b)
			if string(got.text) != tt.want || got.verdict != tt.verdict || got.chars != len([]rune(tt.want)) {
				t.Errorf("got %q (%d chars), verdict %d", got.text, got.chars, got.verdict)
			}
		})
	}
}

func TestScripts(t *testing.T) {
	tests := map[string][]string{
		"en": {"Latin"}, "sw": {"Latin"}, "ru": {"Cyrillic"}, "bg": {"Cyrillic"}, "zh": {"Han"}, "th": {"Thai"}, "ka": {"Georgian"},
		"ta": {"Tamil"}, "my": {"Myanmar"}, "am": {"Ethiopic"}, "ja": {"Han", "Hiragana", "Katakana"}, "sr": {"Cyrillic", "Latin"},
		"simple": {"Latin"}, "zh-min-nan": {"Latin", "Han"}, "be-tarask": {"Cyrillic"}, "arz": {"Arabic"}, "qu": {"Latin"},
		"gn": {"Latin"}, "ceb": {"Latin"}, "xx-unknown-thing": nil, "!": nil, "dv": {"Thaana"}, "he": {"Hebrew"}, "yi": {"Hebrew"},
	}
	for lang, want := range tests {
		if got := Scripts(lang); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", lang, got, want)
		}
	}
	for lang, scripts := range scriptsOf {
		if _, err := newScriptFilter(scripts, 0.5); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
	}
	for _, name := range scriptNames {
		if _, err := newScriptFilter([]string{name}, 0.5); err != nil {
			t.Error(err)
		}
	}
}

func TestSeenForgetsOnlyTheOldest(t *testing.T) {
	s := newSeen(1) // the smallest: 768 hashes in a generation
	h := func(i int) uint64 { return mix(uint64(i)) }
	for i := range 10_000 {
		if s.add(h(i)) {
			t.Fatalf("hash %d was not there", i)
		}
		if back := i - s.max + 1; back >= 0 && !s.add(h(back)) {
			t.Fatalf("at %d, hash %d is forgotten", i, back)
		}
	}
	if s.forgotten == 0 || s.add(h(0)) {
		t.Error("the oldest is still there")
	}
	if s.add(0) || !s.add(0) {
		t.Error("hash 0")
	}
}

// TestNearDuplicates measures what is found at which similarity, on random text.
func TestNearDuplicates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() string { return letters(rng.Uint64()) }
	tests := []struct {
		name     string
		changed  int // words of 60 replaced
		min, max int // found of 200
	}{
		{"equal", 0, 200, 200}, {"one word changed", 1, 180, 200}, {"half changed", 30, 0, 0}, {"a quarter changed", 15, 0, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newNearSeen(0.85, 1<<20)
			found := 0
			for range 200 {
				a := make([]string, 60)
				for i := range a {
					a[i] = word()
				}
				if addText(t, s, a) {
					t.Fatal("random text is a near duplicate")
				}
				for i := range tt.changed {
					a[i*60/max(tt.changed, 1)] = word()
				}
				if addText(t, s, a) {
					found++
				}
			}
			if found < tt.min || found > tt.max {
				t.Errorf("%d of 200 found, want %d to %d", found, tt.min, tt.max)
			}
		})
	}
}

func addText(t *testing.T, s *nearSeen, words []string) bool {
	t.Helper()
	sig, ok := sketch([]byte(strings.Join(words, " ")))
	if !ok {
		t.Fatal("too short for a signature")
	}
	return s.add(&sig)
}

func TestNearDuplicatesAreBounded(t *testing.T) {
	s := newNearSeen(0.85, 1) // 1,024 signatures in a generation
	for i := range 5000 {
		sig, ok := sketch([]byte(words(i, 40)))
		if !ok || s.add(&sig) {
			t.Fatal(i, ok)
		}
	}
	if s.forgotten == 0 || len(s.young.sigs)+len(s.old.sigs) > 2*1024 {
		t.Errorf("%d forgotten, %d and %d kept", s.forgotten, len(s.young.sigs), len(s.old.sigs))
	}
}

func TestSketchIgnoresCaseDigitsAndMarks(t *testing.T) {
	a, ok := sketch([]byte(words(1, 30) + "in 1901 it was founded"))
	b, _ := sketch([]byte(strings.ToUpper(words(1, 30)) + ", in 1987: it was \"founded\""))
	if !ok || a != b {
		t.Error("signatures differ")
	}
	if _, ok := sketch([]byte("short text")); ok {
		t.Error("a short text has a signature")
	}
}
