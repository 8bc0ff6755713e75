package ui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"madx/cmd/madx/internal/browser"
)

// The pages in a real browser: nothing on the console (a style or script that the policy forbids would be), the board
// drawn, no scrolling sideways on a phone, and the playground answers a form that is sent.
func TestThePagesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers: left out by -short")
	}
	mux := http.NewServeMux()
	mux.Handle("/", New(&fake{}, Access{}))
	for _, width := range []int{browser.Desk, browser.Phone} {
		mux.HandleFunc(fmt.Sprintf("/look/%d", width), func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, browser.Frame(r.URL.Query().Get("path"), width))
		})
	}
	// Sends the playground's own form once it is there, and measures what comes back.
	mux.HandleFunc("/send", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(browser.Frame("/try", browser.Phone), `.onload = e => {`, `.onload = e => {
const ask = e.target.contentDocument.getElementById("ask"); e.target.contentDocument.getElementById("stack").dispatchEvent(new Event("change")); if (!e.target.contentDocument.getElementById("answer")) { ask.elements.text.value = "Amina anaishi Nairobi"; ask.requestSubmit(); return }`, 1))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	papers := map[string]bool{}
	for _, c := range []struct {
		path   string
		dark   bool
		charts int
		want   string
	}{
		{"/look/1200?path=" + url.QueryEscape("/sweep?name=four"), false, 1, "30/120"},
		{"/look/390?path=" + url.QueryEscape("/step?sweep=four&id=s/language/en"), true, 1, "TrainLanguage"},
		{"/send", false, 0, "LOC"},
	} {
		l := browser.At(t, server.URL+c.path, c.dark)
		if len(l.Console) > 0 || l.Charts != c.charts || l.Empty > 0 || l.Overflow > 0 || !strings.Contains(l.Text, c.want) {
			t.Errorf("%s: console %v, %d charts of which %d empty, %d pixels too wide, text %q", c.path, l.Console, l.Charts, l.Empty, l.Overflow, l.Text)
		}
		papers[l.Paper] = true
	}
	if len(papers) != 2 {
		t.Errorf("light and dark have the same paper: %v", papers)
	}
}
