package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestGraphemeClusters(t *testing.T) {
	for _, want := range [][]string{
		{"a", "b"}, {"e\u0301", "x"}, {"\r\n", "\n", "\r"}, {"\r", "\u0301"}, {"\t", "a"}, {"\u0301", "\u200b", "\u0301"},
		{"\u1100\u1161\u11a8", "\uac00\u11a8", "\uac01", "\uac01"}, {"\u1100\u1100\uac01\u11a8", "\u1161\u1161"}, {"\u11a8\u11a8", "\u1161"},
		{"🇰🇪", "🇩🇪", "🇫"}, {"\u0600🇰🇪", "🇩"}, {"👩\u200d👩\u200d👧", "👩"}, {"👍🏽\u200d👍", "a\u200d", "👍"}, {"👩\u200d\u200d", "👩"},
		{"©\u200d©", "®"}, {"a\u200d", "©"}, {"क्ष", "क"}, {"क\u200c\u094d", "ष"}, {"क\u094d\u200dष\u094dक", "a"}, {"क\u093c", "क"},
		{"\u0915\u093e", "\u0915"}, {"\u0600a\u0301", "\u06dd1"}, {"\u0600", "\n"}, {"\U000110bda", "b"}, {"a\U000e0100", "b"},
	} {
		text := []byte(strings.Join(want, ""))
		var got []string
		for len(text) > 0 {
			n := graphemes().cluster(text)
			got, text = append(got, string(text[:n])), text[n:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+q, want %+q", got, want)
		}
	}
}

func TestTrie(t *testing.T) {
	entries := map[string]uint32{}
	for i := range 3000 {
		entries[fmt.Sprintf("%x", i*i)] = uint32(i)
		entries["\u4e00"+string(rune(0x4e00+i))] = uint32(i) + 1<<20
	}
	tr, err := buildTrie(entries)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range entries {
		for _, text := range []string{key, key + "~", key + "\x00"} {
			if n, v := tr.longest([]byte(text)); n != len(key) || v != want {
				t.Fatalf("longest key in %q: %d bytes, value %d; want %d, %d", text, n, v, len(key), want)
			}
		}
		if shorter, isKey := entries[key[:1]]; isKey {
			want = shorter
		}
		if v, ok := tr.shortest([]byte(key[:1])); ok && v != want {
			t.Fatalf("shortest key in %q: %d", key, v)
		}
	}
	for _, text := range []string{"", "g", "\x00", "\u4e01", "\xff"} {
		if n, _ := tr.longest([]byte(text)); n != 0 {
			t.Errorf("%q: a key of %d bytes", text, n)
		}
	}
	for _, bad := range []map[string]uint32{{"": 1}, {"a\x00": 1}, {"a": 1 << 31}} {
		if _, err := buildTrie(bad); err == nil {
			t.Errorf("%v: built", bad)
		}
	}
	if empty, err := buildTrie(nil); err != nil {
		t.Error(err)
	} else if n, _ := empty.longest([]byte("a")); n != 0 {
		t.Error("an empty trie knows a key")
	}
}

func TestMatcher(t *testing.T) {
	m, err := newMatcher([]addedToken{
		{content: "<a>", id: 1}, {content: "<a><b", id: 2}, {content: "word", id: 3, singleWord: true},
		{content: "L", id: 4, lstrip: true}, {content: "R", id: 5, rstrip: true}, {content: " ", id: 6},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"x", ""}, {"<a><b>", "2:0-5 "}, {"<a><a>", "1:0-3 1:3-6 "}, {"<a", ""},
		{"word", "3:0-4 "}, {"words", ""}, {"sword", ""}, {"_word", ""}, {"word\u0301", ""}, {"-word-word", "3:1-5 3:6-10 "},
		{"x\tL", "4:1-3 "}, {"R\t\u00a0x", "5:0-4 "}, {"x L", "6:1-2 4:2-3 "}, {"RL", "5:0-1 4:1-2 "}, {"R\tL", "5:0-2 4:2-3 "},
	} {
		got := ""
		for it := m.find([]byte(c.text)); it.next(); {
			got += fmt.Sprintf("%d:%d-%d ", it.id, it.start, it.stop)
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestWordCache(t *testing.T) {
	c := newWordCache()
	word := []byte("▁word")
	for range cacheFrom - 1 {
		if slot, _ := c.find(word); slot != nil {
			t.Fatal("a cache for a few words")
		}
	}
	slot, known := c.find(word)
	if known || slot == nil {
		t.Fatalf("a new cache: known %v, slot %v", known, slot)
	}
	want := []piece{{7, 5}, {9, 7}}
	slot.put(word, want)
	if slot, known = c.find(word); !known || !slices.Equal(slot.appendTo(nil), want) {
		t.Errorf("known: %v", known)
	}
	if _, known := c.find([]byte("▁words")); known {
		t.Error("knows another word")
	}
	slot, _ = c.find([]byte("many"))
	slot.put([]byte("many"), make([]piece, 7))
	if _, known := c.find([]byte("many")); known {
		t.Error("kept more tokens than a slot holds")
	}
	if slot, _ := c.find(make([]byte, 33)); slot != nil {
		t.Error("has a slot for a word longer than a slot holds")
	}
}
