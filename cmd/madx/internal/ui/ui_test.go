package ui

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"madx/activities"
	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/shelf"
	"madx/trainer/predict"
	"madx/trainer/spec"
	"madx/workflows"
)

const hostile = `<script>alert("x")</script>`

// fake is a Source with a sweep in every state, and with text in it that tries to be markup.
type fake struct {
	away  error
	asked *predict.Query
}

func (f *fake) Sweeps(context.Context) ([]Sweep, error) {
	if f.away != nil {
		return nil, f.away
	}
	return []Sweep{{Name: "four", State: "running", Started: time.Now().Add(-90 * time.Minute)}, {Name: hostile, State: "completed", Published: true}}, nil
}

func (f *fake) Status(_ context.Context, sweep string) (Status, error) {
	return Status{Progress: workflows.Progress{Sweep: sweep, Outcome: "running", Steps: []workflows.Step{
		{ID: "s/corpus/en", Stage: "corpus", Lang: "en", State: workflows.StateCached, Seconds: 3},
		{ID: "s/corpus/sw", Stage: "corpus", Lang: "sw", State: workflows.StateDone, Seconds: 61},
		{ID: "s/mlm-head", Stage: "mlm-head", State: workflows.StateDone},
		{ID: "s/language/en", Stage: "language", Lang: "en", State: workflows.StateRunning},
		{ID: "s/language/sw", Stage: "language", Lang: "sw", State: workflows.StateFailed, Error: hostile, Past: []activities.Ended{{Attempt: 1, Cause: "Lost", Step: 7}}},
		{ID: "s/task/ner", Stage: "task", Task: "ner", Lang: "en", State: workflows.StateWaiting},
		{ID: "s/zero-shot/ner/sw", Stage: "zero-shot", Task: "ner", Lang: "sw", State: workflows.StateBlocked}}},
		Live: map[string]Live{"s/language/en": {Attempt: 2, Failure: hostile,
			Progress: activities.Progress{Step: 30, Total: 120, Unit: "steps", Loss: 7.25, TokensPerS: 1234, ETASeconds: 90}}}}, f.away
}

func (f *fake) Training(context.Context, workflows.Step) (Training, error) {
	return Training{Run: page.Run{Attempts: []page.Attempt{{Activity: "TrainLanguage", Number: 2, Started: time.Now(), Worker: "w", Failure: "killed " + hostile}}},
		Curve: []activities.Point{{Step: 1, Loss: 9}, {Step: 20, Loss: 8}}, Log: []string{"level=WARN " + hostile}, Link: "http://ui/x"}, nil
}

func (f *fake) Report(context.Context, string) (page.Report, error) {
	return page.Report{SweepResult: workflows.SweepResult{Sweep: hostile}}, f.away
}

func (f *fake) Shelf(context.Context) (*shelf.Shelf, error) {
	one := func(name string, kind spec.Task) workflows.TaskParams {
		return workflows.TaskParams{Name: name, Task: spec.TaskAdapter{Task: kind}}
	}
	return &shelf.Shelf{Sweeps: []workflows.SweepResult{{Sweep: "four", Params: workflows.SweepParams{
		Tasks: []workflows.TaskParams{one("ner", spec.TaskNER), one("xcopa", spec.TaskCCR), one("xquad", spec.TaskQA)}}}},
		Adapters: []shelf.Adapter{{Name: "language/sw", Kind: "language", Lang: "sw", Digest: strings.Repeat("a", 64), Bytes: 3e6, Sweeps: []string{hostile},
			Trained: activities.Trained{Steps: 60, Metrics: map[string]float64{"held_out_loss": 7.5}}}}}, f.away
}

func (f *fake) Predict(_ context.Context, s Stack, q predict.Query) (predict.Answer, string, error) {
	f.asked = &q
	if q.Text == "wrong" {
		return predict.Answer{Error: "no " + hostile}, "", nil
	}
	return predict.Answer{Text: "Amina anaishi Nairobi" + hostile, Tags: []string{"O"}, Entities: []predict.Entity{{Label: "LOC", Text: "Nairobi", Start: 14, End: 21, Score: .9}}}, s.Task + " of four", nil
}

func get(t *testing.T, h http.Handler, method, path, body string, head ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8235"+path, strings.NewReader(body))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == "Host" {
			r.Host = head[i+1]
		} else {
			r.Header.Set(head[i], head[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var form = url.Values{"task": {"ner"}, "lang": {"sw"}, "text": {"Amina anaishi Nairobi"}}.Encode()

func TestPagesShowAndEscape(t *testing.T) {
	h := New(&fake{}, Access{})
	for _, c := range []struct {
		method, path, body string
		want               []string
	}{
		{"GET", "/", "", []string{`href="/sweep?name=four"`, "&lt;script&gt;", "1h30m ago", `href="/results?name=%3cscript`}},
		{"GET", "/sweep?name=four", "", []string{"30/120", "1234 tok/s", "1m30s left", "×2", `class="on blocked"`, `<th scope="row" title="Swahili">sw<small>Swahili</small>`, "zero-shot ner"}},
		{"GET", "/step?sweep=four&id=s/language/en", "", []string{"<polyline", "killed &lt;script&gt;", "7.250", "level=WARN", "http://ui/x"}},
		{"GET", "/step?sweep=four&id=s/language/sw", "", []string{"&lt;script&gt;", "Lost"}},
		{"GET", "/adapters", "", []string{"language/sw", "7.500", "3.0 MB"}},
		{"GET", "/try", "", []string{`<option data-kind="ner" selected>ner`, `<option data-kind="fill-mask">fill-mask`, `name="text"`}},
		{"GET", "/try?task=xcopa", "", []string{`name="choices"`}},
		{"GET", "/try?task=xquad", "", []string{`name="context"`}},
		{"POST", "/try", form, []string{`Nairobi <b>LOC</b> <small>90.0%`, "With ner of four", "&lt;script&gt;"}},
		{"GET", "/results?name=x", "", []string{"No evaluation has ended"}},
		{"GET", "/results?name=x&as=csv", "", []string{"task,lang,metric"}},
	} {
		w := get(t, h, c.method, c.path, c.body)
		text := w.Body.String()
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %d\n%s", c.path, want, w.Code, text)
			}
		}
		if w.Code != 200 || strings.Contains(text, "<script>") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "style=") && !strings.HasPrefix(c.path, "/results") {
			t.Errorf("%s: %d\n%s", c.path, w.Code, text)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", c.path, csp)
		}
	}
}

func TestOnlyThisSiteAndTheseNames(t *testing.T) {
	f := &fake{}
	h := New(f, Access{Names: []string{"box.example"}})
	for _, c := range []struct {
		what, method, path, body string
		head                     []string
		want                     int
	}{
		{"rebinding", "GET", "/", "", []string{"Host", "evil.example"}, 421},
		{"rebinding with a port", "POST", "/try", form, []string{"Host", "evil.example:8235"}, 421},
		{"tunnel", "GET", "/", "", []string{"Host", "localhost:9000"}, 200},
		{"IPv6", "GET", "/", "", []string{"Host", "[::1]:8235"}, 200},
		{"its name", "GET", "/", "", []string{"Host", "Box.example:8235"}, 200},
		{"another site's form", "POST", "/try", form, []string{"Origin", "http://evil.example"}, 403},
		{"another port's form", "POST", "/try", form, []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"another site's form, new browser", "POST", "/try", form, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"own form", "POST", "/try", form, []string{"Origin", "http://127.0.0.1:8235"}, 200},
		{"large", "POST", "/try", "text=" + strings.Repeat("x", maxBody), nil, 400},
		{"unanswerable", "POST", "/try", "task=ner&lang=sw&text=wrong", nil, 422},
		{"no such step", "GET", "/step?sweep=four&id=x", "", nil, 404},
		{"no such page", "GET", "/etc", "", nil, 404},
		{"delete", "DELETE", "/try", "", nil, 405},
		{"change by GET", "GET", "/try?text=x&task=ner&lang=sw", "", nil, 200},
	} {
		f.asked = nil
		w := get(t, h, c.method, c.path, c.body, c.head...)
		if w.Code != c.want || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d, want %d: %s", c.what, w.Code, c.want, w.Body)
		}
		if ok := c.what == "own form" || c.what == "unanswerable"; (f.asked != nil) != ok {
			t.Errorf("%s: asked the model: %v", c.what, f.asked)
		}
	}
}

func TestServicesThatAreAwayAreSaid(t *testing.T) {
	h := New(&fake{away: errors.New("temporal at x: " + hostile)}, Access{})
	for _, path := range []string{"/", "/sweep?name=a", "/step?sweep=a&id=b", "/adapters", "/try", "/results?name=a"} {
		w := get(t, h, "GET", path, "")
		if w.Code != 502 || !strings.Contains(w.Body.String(), "temporal at x") || strings.Contains(w.Body.String(), "yet") || strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTrailsDropWhatATrainingTakesBack(t *testing.T) {
	var tr trails
	for _, step := range []int64{0, 5, 10, 15, 8} {
		tr.add(Status{Live: map[string]Live{"a": {Progress: activities.Progress{Step: step, Loss: 9}}}})
	}
	if got := tr.get("a"); len(got) != 2 || got[0].Step != 5 || got[1].Step != 8 {
		t.Errorf("%v", got)
	}
}
