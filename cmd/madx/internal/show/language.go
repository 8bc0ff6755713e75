package show

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// alemannic is als among Wikipedias and Tosk Albanian elsewhere: better no name than the wrong one.
const alemannic = "als"

// Language is the English name of a language by its code, such as Swahili for sw; "" where the code says none.
func Language(code string) string {
	tag, err := language.Parse(code)
	if err != nil || code == alemannic {
		return ""
	}
	name := display.English.Tags().Name(tag)
	if name == code {
		return ""
	}
	return name
}
