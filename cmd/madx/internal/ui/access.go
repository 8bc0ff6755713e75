package ui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Access says who may see the pages. The zero value is for pages that only this machine reaches.
type Access struct {
	Names    []string // that the pages are reached by, besides addresses and localhost
	Password string   // "" asks for none
	TLS      bool     // browsers reach the pages over TLS: the cookie is for nothing else
}

// cookieName is that of the cookie of who gave the password, sessionTime how long it is good.
const (
	cookieName  = "madx-ui"
	sessionTime = 12 * time.Hour
)

// maxWrong passwords a minute are looked at, from anywhere.
const maxWrong = 10

// door lets in who knows the password. A session is the time of its end, signed with a key that ends with the process.
type door struct {
	Access
	key  []byte
	next http.Handler
	now  func() time.Time

	mu    sync.Mutex
	wrong []time.Time
}

func newDoor(a Access, next http.Handler) *door {
	d := &door{Access: a, key: make([]byte, sha256.Size), next: next, now: time.Now}
	_, _ = rand.Read(d.key) // never fails
	return d
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bearer, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case d.Password == "" || d.welcome(r) || free(r.URL.Path):
	case given:
		if !d.admit(w, bearer) {
			return
		}
	case r.Method == http.MethodGet:
		http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return
	default:
		http.Error(w, "the password is asked for at /login", http.StatusUnauthorized)
		return
	}
	d.next.ServeHTTP(w, r)
}

// free are the paths that tell nothing: what the page that asks for the password is made of.
func free(path string) bool {
	return path == "/login" || path == "/style.css" || path == "/ui.js"
}

// admit answers who gave a wrong password, or too many of them.
func (d *door) admit(w http.ResponseWriter, password string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for len(d.wrong) > 0 && now.Sub(d.wrong[0]) > time.Minute {
		d.wrong = d.wrong[1:]
	}
	if len(d.wrong) >= maxWrong {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many wrong passwords: wait a minute", http.StatusTooManyRequests)
		return false
	}
	if !same(password, d.Password) {
		d.wrong = append(d.wrong, now)
		http.Error(w, "this is not the password: `madx ui` printed it when it started", http.StatusUnauthorized)
		return false
	}
	return true
}

// same compares in a time that tells nothing of either, not even its length.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// welcome tells whether a request comes with a session that has not ended.
func (d *door) welcome(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	end, _, _ := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(end, 10, 64)
	return err == nil && same(cookie.Value, d.session(end)) && d.now().Unix() < seconds
}

func (d *door) session(end string) string {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte(end))
	return end + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// login takes the password from the form and goes on to the page that was asked for.
func (d *door) login(w http.ResponseWriter, r *http.Request) {
	if !d.admit(w, r.PostFormValue("password")) {
		return
	}
	end := d.now().Add(sessionTime)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: d.session(strconv.FormatInt(end.Unix(), 10)), Path: "/", Expires: end,
		HttpOnly: true, Secure: d.TLS, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, within(r.PostFormValue("next")), http.StatusSeeOther)
}

// within keeps a path of these pages; anything else, such as another site's address, leads to the first page.
func within(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
