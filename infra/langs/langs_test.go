package langs

import "testing"

func TestWiki(t *testing.T) {
	for code, want := range map[string]string{"sw": "swwiki", "yue": "zh_yuewiki", "zh-min-nan": "zh_min_nanwiki",
		"gsw": "alswiki", "simple": "simplewiki"} {
		if !Known(code) {
			t.Errorf("%s is unknown", code)
		}
		if got := Wiki(code); got != want {
			t.Errorf("Wiki(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestUnknownCodesGetSuggestions(t *testing.T) {
	for _, code := range []string{"xx", "english", "SW", ""} {
		if Known(code) {
			t.Errorf("%q is known", code)
		}
	}
	if got := Nearest("eng"); len(got) == 0 || got[0] != "en" {
		t.Errorf("Nearest(eng) = %v", got)
	}
}

func TestPublishedSteps(t *testing.T) {
	for code, want := range map[string]int{"en": 250_000, "sw": 100_000, "qu": 50_000, "bg": 100_000} {
		if got := PublishedSteps(code); got != want {
			t.Errorf("PublishedSteps(%q) = %d, want %d", code, got, want)
		}
	}
}
