package figures

import (
	"fmt"
	"strings"
)

// ProfileText shows the parts of a step, one a line, with their shares.
func ProfileText(parts []Part) string {
	sum, width := 0.0, len("step")
	for _, p := range parts {
		sum += p.Seconds
		width = max(width, len(p.Name))
	}
	var b strings.Builder
	for _, p := range append(parts[:len(parts):len(parts)], Part{"step", sum}) {
		_, _ = fmt.Fprintf(&b, "%-*s %9.1f ms %5.1f%%\n", width, p.Name, 1e3*p.Seconds, 100*p.Seconds/max(sum, 1e-12))
	}
	return b.String()
}
