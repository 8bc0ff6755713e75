package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"madx/activities"
	"madx/cmd/madx/internal/browser"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/page/pagetest"
	"madx/cmd/madx/internal/shelf"
	"madx/workflows"
)

// large is a Source with a sweep of a hundred languages and three tasks that is under way, and with adapters of three
// base models.
type large struct {
	fake
	report page.Report
}

// languages of the large sweep, and what a page of it may weigh.
const languages, maxBytes = 104, 600 << 10

func newLarge() *large { return &large{report: pagetest.Report(languages)} }

func (l *large) Status(_ context.Context, sweep string) (Status, error) {
	st := Status{Progress: workflows.Progress{Sweep: sweep, Outcome: "running", Results: l.report.Results[:2*languages]}, Live: map[string]Live{}}
	for i, s := range l.report.Steps {
		switch {
		case s.Stage == "language" && s.Lang == "sw":
			s.State, s.Error = workflows.StateFailed, "lost"
		case s.Stage == "language" && i%10 == 1:
			s.State, s.Seconds = workflows.StateRunning, 0
			st.Live[s.ID] = Live{Attempt: 1, Progress: activities.Progress{Step: int64(i) * 1000, Total: 250_000, Unit: "steps", Loss: 2.5, TokensPerS: 41_000, ETASeconds: 4000}}
		case s.Stage == "zero-shot" && i%3 > 0:
			s.State, s.Seconds = workflows.StateWaiting, 0
		}
		st.Steps = append(st.Steps, s)
	}
	return st, nil
}

func (l *large) Report(context.Context, string) (page.Report, error) { return l.report, nil }

func (l *large) Shelf(context.Context) (*shelf.Shelf, error) {
	out := &shelf.Shelf{Sweeps: []workflows.SweepResult{l.report.SweepResult}}
	for i, model := range []string{"xlm-roberta-base", "bert-base-multilingual-cased", "e5-small"} {
		for _, name := range page.AdapterNames(l.report.SweepResult) {
			kind, rest, _ := strings.Cut(name, "/")
			x := shelf.Adapter{Name: name, Kind: kind, Model: model, Sweeps: []string{"many"}, Bytes: 30e6, Digest: fmt.Sprintf("%064x", i*1000+len(out.Adapters)), Trained: l.report.Adapters[name]}
			if kind == "language" {
				x.Lang = rest
			} else {
				x.Task, _, _ = strings.Cut(rest, "/")
			}
			if i == 0 {
				x.Digest = x.Trained.Ref.Digest
			}
			out.Adapters = append(out.Adapters, x)
		}
	}
	return out, nil
}

// What a reader looks for is found on the server, so that a page that is fetched again stays as it was asked for.
func TestManyAreFoundByWords(t *testing.T) {
	h := New(newLarge(), Access{})
	for path, want := range map[string]int{
		"/sweep?name=many": languages, "/sweep?name=many&q=swahili": 1, "/sweep?name=many&q=failed": 1, "/sweep?name=many&q=failed+sw": 1, "/sweep?name=many&q=failed+en": 0,
		"/adapters": 3 * (languages + 6), "/adapters?q=bert-base": languages + 6, "/adapters?q=task": 3 * 6, "/adapters?q=swa+e5-small": 1, "/adapters?q=nothing": 0,
	} {
		w := get(t, h, "GET", path, "")
		text := w.Body.String()
		got := strings.Count(text, `<th scope="row"`) + strings.Count(text, "<article")
		if w.Code != 200 || got != want || len(text) > maxBytes {
			t.Errorf("%s: %d with %d, want %d; %d bytes", path, w.Code, got, want, len(text))
		}
	}
	if text := get(t, h, "GET", "/sweep?name=many&q=german", "").Body.String(); strings.Count(text, `class="score"`) != 2 || !strings.Contains(text, ">91.0</b>") {
		t.Errorf("the scores of the two tasks that ended are not on the board: %s", text)
	}
	if text := get(t, h, "GET", "/adapters?q=swahili+bert", "").Body.String(); !strings.Contains(text, "madx adapters pull language/sw@") {
		t.Errorf("which of three is to be pulled is not said: %s", text)
	}
	if text := get(t, h, "GET", "/sweep?name=many&q=french", "").Body.String(); strings.Contains(text, `class="score"`) {
		t.Errorf("a step that waits has a score: %s", text)
	}
	text := get(t, h, "GET", "/sweep?name=many&q=%22%3E"+url.QueryEscape(hostile), "").Body.String()
	if strings.Contains(text, "<script>") || !strings.Contains(text, `value="&#34;&gt;&lt;script&gt;`) {
		t.Errorf("what was looked for is not escaped: %s", text)
	}
}

func TestPagesOfManyInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers: left out by -short")
	}
	mux := http.NewServeMux()
	mux.Handle("/", New(newLarge(), Access{}))
	mux.HandleFunc("/look/{width}", func(w http.ResponseWriter, r *http.Request) {
		width := browser.Desk
		if r.PathValue("width") == "phone" {
			width = browser.Phone
		}
		fmt.Fprint(w, browser.Frame(r.URL.Query().Get("path"), width))
	})
	// Types what to look for, and measures when the page has changed.
	mux.HandleFunc("/type", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(browser.Frame("/sweep?name=many", browser.Phone), `.onload = e => {`, `.onload = async ({target}) => { const e = {target};
const box = e.target.contentDocument.querySelector("[name=q]"); box.value = "swahili"; box.dispatchEvent(new Event("input", {bubbles: true}));
for (let i = 0; i < 200 && e.target.contentDocument.querySelectorAll("tbody tr").length > 5; i++) await new Promise(r => setTimeout(r, 10));`, 1))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, c := range []struct {
		path, has, not string
		charts         int
	}{
		{"/look/desk?path=" + url.QueryEscape("/sweep?name=many"), "250000", "", 1},
		{"/look/phone?path=" + url.QueryEscape("/adapters"), "bert-base-multilingual-cased", "", 0},
		{"/look/phone?path=" + url.QueryEscape("/results?name=many"), "mean of the targets", "", 7},
		{"/type", "failed", "250000", 1},
	} {
		l := browser.At(t, server.URL+c.path, false)
		t.Logf("%s: %d bytes laid out after %d ms", c.path, l.Bytes, l.Load)
		if len(l.Console) > 0 || l.Charts != c.charts || l.Empty > 0 || l.Overflow > 0 || !strings.Contains(l.Text, c.has) || c.not != "" && strings.Contains(l.Text, c.not) {
			t.Errorf("%s: console %v, %d charts of which %d empty, %d pixels too wide, text %.900q", c.path, l.Console, l.Charts, l.Empty, l.Overflow, l.Text)
		}
	}
}
