package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"madx/cmd/madx/internal/browser"
)

func TestThePageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers: left out by -short")
	}
	html, err := Render(example())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/report.html", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(html) })
	for _, width := range []int{browser.Desk, browser.Phone} {
		mux.HandleFunc(fmt.Sprintf("/%d", width), func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, browser.Frame("/report.html", width))
		})
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	papers := map[string]bool{}
	for _, c := range []struct {
		width int
		dark  bool
	}{{browser.Desk, false}, {browser.Phone, true}} {
		l := browser.At(t, fmt.Sprintf("%s/%d", server.URL, c.width), c.dark)
		if len(l.Console) > 0 || l.Charts != 5 || l.Empty > 0 || l.Overflow > 0 {
			t.Errorf("%+v: console %v, %d charts of which %d empty, %d pixels too wide", c, l.Console, l.Charts, l.Empty, l.Overflow)
		}
		if !strings.Contains(l.Text, "Does the language adapter help?") {
			t.Errorf("%+v: it reads %q", c, l.Text)
		}
		papers[l.Paper] = true
	}
	if len(papers) != 2 {
		t.Errorf("light and dark have the same paper: %v", papers)
	}
}
