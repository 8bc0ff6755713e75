package telemetry

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Every figure has a line in docs/operations.md, and every one that is named there exists.
func TestEveryFigureIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, name := range regexp.MustCompile("`madx_[a-z_]+`").FindAllString(string(page), -1) {
		documented[strings.Trim(name, "`")] = true
	}
	descriptions := make(chan *prometheus.Desc, 1000)
	newMetrics(t).registry.Describe(descriptions)
	close(descriptions)
	known := map[string]bool{}
	for d := range descriptions {
		if found := regexp.MustCompile(`fqName: "(madx_[a-z_]+)"`).FindStringSubmatch(d.String()); found != nil {
			known[found[1]] = true
			if !documented[found[1]] {
				t.Errorf("docs/operations.md does not name %s", found[1])
			}
		}
	}
	if len(known) < 15 {
		t.Errorf("only %d figures found", len(known))
	}
	for name := range documented {
		if !known[name] {
			t.Errorf("docs/operations.md names %s, which does not exist", name)
		}
	}
}
