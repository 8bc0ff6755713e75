package show

import "testing"

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0), ""}, {Count(999), "999"}, {Count(12_345), "12k"}, {Count(1_200_000), "1.2M"}, {Count(3.1e9), "3.1G"},
		{Duration(0), ""}, {Duration(12.4), "12s"}, {Duration(185), "3m05s"}, {Duration(3720), "1h02m"},
		{Hours(0), ""}, {Hours(0.5), "30 min"}, {Hours(5), "5.0 h"}, {Hours(96), "4.0 days"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLanguagesByName(t *testing.T) {
	for code, want := range map[string]string{"sw": "Swahili", "qu": "Quechua", "zh-yue": "Cantonese", "roa-rup": "Aromanian", "simple": "", "als": "", "": "", "<b>": ""} {
		if got := Language(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}
