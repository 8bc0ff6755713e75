package page_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"madx/cmd/madx/internal/browser"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/page/pagetest"
)

// languages of the large sweep, and what its page may weigh: it is sent around by mail.
const languages, maxBytes = 104, 2 << 20

// A page of a hundred languages and three tasks shows the whole as heatmaps and sums, and folds the single figures away.
func TestThePageOfManyLanguages(t *testing.T) {
	began := time.Now()
	html, err := page.Render(pagetest.Report(languages))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d languages: %d bytes drawn in %v", languages, len(html), time.Since(began))
	text := string(html)
	if len(html) > maxBytes || strings.Count(text, `class="heat"`) != 3*languages || strings.Count(text, "<script") != 1 || strings.Contains(text, "ZgotmplZ") {
		t.Errorf("%d bytes, %d cells of heat, %d scripts", len(html), strings.Count(text, `class="heat"`), strings.Count(text, "<script"))
	}
	if !strings.Contains(text, "The target&#39;s adapter helps in 33 of 103 target languages") {
		t.Error("what the adapters do is not summed up")
	}
	if testing.Short() {
		t.Skip("starts browsers: left out by -short")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/report.html", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(html) })
	for _, width := range []int{browser.Desk, browser.Phone} {
		mux.HandleFunc(fmt.Sprintf("/%d", width), func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, browser.Frame("/report.html", width))
		})
	}
	// Types into the field that finds languages, and measures what is left.
	mux.HandleFunc("/find", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(browser.Frame("/report.html", browser.Desk), `.onload = e => {`, `.onload = e => {
const box = e.target.contentDocument.getElementById("find"); box.value = "swah"; box.dispatchEvent(new Event("input"));`, 1))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, c := range []struct {
		path   string
		charts int
	}{{"/1200", 7}, {"/390", 7}, {"/find", 3 + 3 + 1 + 3 + 1}} { // heats, gains, all curves; found: three intervals and a curve
		l := browser.At(t, server.URL+c.path, false)
		t.Logf("%s: %d bytes laid out after %d ms", c.path, l.Bytes, l.Load)
		if len(l.Console) > 0 || l.Charts != c.charts || l.Empty > 0 || l.Overflow > 0 {
			t.Errorf("%s: console %v, %d charts of which %d empty, %d pixels too wide", c.path, l.Console, l.Charts, l.Empty, l.Overflow)
		}
		words := strings.Fields(l.Text)
		if found := c.path == "/find"; slices.Contains(words, "uk") == found || !slices.Contains(words, "sw") {
			t.Errorf("%s: it reads %q", c.path, l.Text[:min(2000, len(l.Text))])
		}
	}
}
