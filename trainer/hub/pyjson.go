package hub

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
)

// pyJSON writes what Python's json.dump(v, indent=2, sort_keys=True) writes, so that a folder read and written again
// has the same bytes. v is made of map[string]any, []any, string, bool, int, float64 and nil.
func pyJSON(v any) []byte {
	var b bytes.Buffer
	pyValue(&b, v, "")
	return b.Bytes()
}

func pyValue(b *bytes.Buffer, v any, indent string) {
	inner := indent + "  "
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case float64:
		b.WriteString(pyFloat(v))
	case string:
		pyString(b, v)
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		for i, x := range v {
			b.WriteString(map[bool]string{true: "[\n", false: ",\n"}[i == 0] + inner)
			pyValue(b, x, inner)
		}
		b.WriteString("\n" + indent + "]")
	case map[string]any:
		if len(v) == 0 {
			b.WriteString("{}")
			return
		}
		for i, k := range sortedKeys(v) {
			b.WriteString(map[bool]string{true: "{\n", false: ",\n"}[i == 0] + inner)
			pyString(b, k)
			b.WriteString(": ")
			pyValue(b, v[k], inner)
		}
		b.WriteString("\n" + indent + "}")
	default:
		panic(fmt.Sprintf("hub: pyJSON cannot write a %T", v))
	}
}

// pyFloat is Python's repr of a float: always with a point or an exponent.
func pyFloat(f float64) string {
	if a := math.Abs(f); f != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !slices.Contains([]byte(s), '.') {
		s += ".0"
	}
	return s
}

// pyString escapes everything outside ASCII, as Python does by default.
func pyString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
		case r < ' ' || r > '~':
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// number gives an int for a whole value, as the library's configurations have it.
func number(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f)
	}
	return f
}
