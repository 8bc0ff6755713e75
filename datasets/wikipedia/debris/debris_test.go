package debris

import "testing"

func TestCount(t *testing.T) {
	cases := map[string]Count{
		"plain text, no debris.":      {Lines: 1},
		"":                            {},
		"one\n\ntwo":                  {Lines: 2},
		"a [[link":                    {Lines: 1, Markup: 1, Signs: 1},
		"a }} b":                      {Lines: 1, Markup: 1, Signs: 1},
		"cell | cell":                 {Lines: 1, Markup: 1, Signs: 1},
		"a <br /> b":                  {Lines: 1, Markup: 1, Signs: 1},
		"== head ==\n* item\n__TOC__": {Lines: 3, Markup: 3, Signs: 1},
		"E = mc² and a < b":           {Lines: 1, Signs: 1},
		"style=\"a\" ‖ colspan = 2":   {Lines: 1, Markup: 1, Signs: 1},
		"'''bold'''\n&nbsp;":          {Lines: 2, Markup: 2},
	}
	for text, want := range cases {
		var got Count
		got.Add(text)
		if got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
