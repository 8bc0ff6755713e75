package demo

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

type sentence struct{ words, tags []string }

func (s sentence) text() string { return strings.Join(s.words, " ") }

func readNER(t *testing.T, name string) []sentence {
	t.Helper()
	data, err := Files.ReadFile("ner/" + name + ".iob2")
	if err != nil {
		t.Fatal(err)
	}
	var all []sentence
	for i, block := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n\n") {
		var s sentence
		for line := range strings.SplitSeq(block, "\n") {
			word, tag, found := strings.Cut(line, "\t")
			if !found || word == "" || strings.ContainsFunc(word, unicode.IsSpace) {
				t.Fatalf("%s, sentence %d: %q is not word<TAB>tag", name, i+1, line)
			}
			s.words, s.tags = append(s.words, word), append(s.tags, tag)
		}
		all = append(all, s)
	}
	return all
}

// entities counts the entities of each class and finds tags IOB2 forbids.
func (s sentence) entities(count map[string]int) (fault string) {
	before := "O"
	for i, tag := range s.tags {
		class, inside := strings.CutPrefix(tag, "I-")
		begin, begins := strings.CutPrefix(tag, "B-")
		switch {
		case tag == "O":
		case begins && slices.Contains([]string{"PER", "ORG", "LOC"}, begin):
			count[begin]++
		case inside && (before == "B-"+class || before == "I-"+class):
		default:
			return tag + " at " + s.words[i] + " after " + before
		}
		before = tag
	}
	return ""
}

func TestNERIsIOB2AndBalanced(t *testing.T) {
	for _, c := range []struct {
		name   string
		least  int
		script *unicode.RangeTable
	}{
		{"en.train", 240, unicode.Latin},
		{"en.test", 60, unicode.Latin},
		{"bg.test", 60, unicode.Cyrillic},
		{"de.test", 60, unicode.Latin},
		{"sw.test", 60, unicode.Latin},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := readNER(t, c.name)
			if len(all) < c.least {
				t.Errorf("%d sentences, want at least %d", len(all), c.least)
			}
			count := map[string]int{}
			without, words := 0, 0
			for i, s := range all {
				if fault := s.entities(count); fault != "" {
					t.Errorf("sentence %d: %s: %s", i+1, fault, s.text())
				}
				if !slices.ContainsFunc(s.tags, func(tag string) bool { return tag != "O" }) {
					without++
				}
				words += len(s.words)
				// A letter of a look-alike script is invisible to a reader and
				// another token to a model.
				for _, r := range s.text() {
					if unicode.IsLetter(r) && !unicode.Is(c.script, r) {
						t.Errorf("sentence %d: letter %q of another script: %s", i+1, r, s.text())
					}
				}
			}
			total := count["PER"] + count["ORG"] + count["LOC"]
			t.Logf("%d sentences, %d words, %d without entities; %d PER, %d ORG, %d LOC",
				len(all), words, without, count["PER"], count["ORG"], count["LOC"])
			for class, n := range count {
				if n*4 < total {
					t.Errorf("%d of %d entities are %s: less than a quarter", n, total, class)
				}
			}
			if share := without * 100 / len(all); share < 5 || share > 20 {
				t.Errorf("%d%% of the sentences have no entity, want about 10%%", share)
			}
		})
	}
}

func TestNERSentencesAreDistinct(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"en.train", "en.test", "bg.test", "de.test", "sw.test"} {
		for _, s := range readNER(t, name) {
			key := strings.ToLower(s.text())
			if where, found := seen[key]; found {
				t.Errorf("in %s and in %s: %s", where, name, s.text())
			}
			seen[key] = name
		}
	}
}

// A template with swapped names shows as sentences that are the same but for
// their entities.
func TestNERHasNoTemplates(t *testing.T) {
	for _, name := range []string{"en.train", "en.test", "bg.test", "de.test", "sw.test"} {
		seen := map[string]string{}
		for _, s := range readNER(t, name) {
			var frame []string
			for i, tag := range s.tags {
				switch {
				case tag == "O":
					frame = append(frame, s.words[i])
				case tag[0] == 'B':
					frame = append(frame, tag)
				}
			}
			key := strings.Join(frame, " ")
			if twin, found := seen[key]; found {
				t.Errorf("%s: only names differ: %q and %q", name, twin, s.text())
			}
			seen[key] = s.text()
		}
	}
}
