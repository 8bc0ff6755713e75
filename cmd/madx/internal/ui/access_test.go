package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const password = "correct horse battery"

func sign(t *testing.T, h http.Handler, with, next string) *http.Cookie {
	t.Helper()
	w := get(t, h, "POST", "/login", url.Values{"password": {with}, "next": {next}}.Encode())
	for _, c := range w.Result().Cookies() {
		return c
	}
	return nil
}

func TestNobodySeesAPageWithoutThePassword(t *testing.T) {
	f := &fake{}
	h := New(f, Access{Password: password, TLS: true})
	for _, path := range []string{"/", "/sweep?name=four", "/step?sweep=four&id=s/language/en", "/adapters", "/try", "/results?name=x", "/results?name=x&as=json", "/nowhere"} {
		w := get(t, h, "GET", path, "")
		if to := w.Header().Get("Location"); w.Code != 303 || to != "/login?next="+url.QueryEscape(path) || strings.Contains(w.Body.String(), "four<") {
			t.Errorf("%s: %d to %q: %s", path, w.Code, to, w.Body)
		}
	}
	if w := get(t, h, "POST", "/try", form); w.Code != 401 || f.asked != nil {
		t.Errorf("the playground answers: %d", w.Code)
	}
	if w := get(t, h, "GET", "/login?next=/adapters", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `value="/adapters"`) || strings.Contains(w.Body.String(), `href="/try"`) {
		t.Errorf("the form: %d %s", w.Code, w.Body)
	}
	if c := sign(t, h, "wrong", "/"); c != nil {
		t.Errorf("a wrong password gives %v", c)
	}
	c := sign(t, h, password, "/adapters")
	if c == nil || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || strings.Contains(c.Value, password) {
		t.Fatalf("cookie %+v", c)
	}
	for value, want := range map[string]int{c.Value: 200, c.Value + "x": 303, "": 303, "9999999999": 303, "9999999999." + strings.SplitN(c.Value, ".", 2)[1]: 303} {
		if w := get(t, h, "GET", "/adapters", "", "Cookie", cookieName+"="+value); w.Code != want {
			t.Errorf("cookie %q: %d, want %d", value, w.Code, want)
		}
	}
	if w := get(t, New(&fake{}, Access{Password: password}), "GET", "/", "", "Cookie", cookieName+"="+c.Value); w.Code != 303 {
		t.Errorf("a session of another process: %d", w.Code)
	}
	for bearer, want := range map[string]int{password: 200, "wrong": 401, "": 401} {
		if w := get(t, h, "GET", "/results?name=x&as=json", "", "Authorization", "Bearer "+bearer); w.Code != want {
			t.Errorf("bearer %q: %d, want %d", bearer, w.Code, want)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	d := newDoor(Access{Password: password}, http.NotFoundHandler())
	now := time.Unix(1_800_000_000, 0)
	d.now = func() time.Time { return now }
	c := sign(t, http.HandlerFunc(d.login), password, "/")
	for after, want := range map[time.Duration]int{sessionTime - time.Second: 404, sessionTime + time.Second: 303} {
		now = time.Unix(1_800_000_000, 0).Add(after)
		if w := get(t, d, "GET", "/", "", "Cookie", cookieName+"="+c.Value); w.Code != want {
			t.Errorf("after %v: %d, want %d", after, w.Code, want)
		}
	}
}

func TestGuessingIsSlow(t *testing.T) {
	d := newDoor(Access{Password: password}, http.NotFoundHandler())
	now := time.Unix(1_800_000_000, 0)
	d.now = func() time.Time { return now }
	for range maxWrong {
		sign(t, http.HandlerFunc(d.login), "wrong", "/")
	}
	if w := get(t, d, "GET", "/", "", "Authorization", "Bearer "+password); w.Code != 429 {
		t.Errorf("after %d wrong ones: %d", maxWrong, w.Code)
	}
	now = now.Add(2 * time.Minute)
	if sign(t, http.HandlerFunc(d.login), password, "/") == nil {
		t.Error("two minutes later the right one is refused")
	}
}

func TestAfterThePasswordComesNoOtherSite(t *testing.T) {
	for next, want := range map[string]string{"/sweep?name=a&q=b": "/sweep?name=a&q=b", "": "/", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example": "/", "evil": "/", "javascript:alert(1)": "/", "/%zz": "/"} {
		if got := within(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestEveryAnswerHasItsGuards(t *testing.T) {
	for _, a := range []Access{{}, {Password: password}} {
		for _, path := range []string{"/", "/login", "/style.css", "/nowhere"} {
			head := get(t, New(&fake{}, a), "GET", path, "").Header()
			for name, want := range map[string]string{"Content-Security-Policy": "frame-ancestors 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
				"Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"} {
				if !strings.Contains(head.Get(name), want) {
					t.Errorf("%s: %s is %q", path, name, head.Get(name))
				}
			}
		}
	}
}
