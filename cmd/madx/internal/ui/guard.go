package ui

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"madx/cmd/madx/internal/page"
)

// maxBody bounds a question to the playground, in bytes.
const maxBody = 64 << 10

// policy lets a page load its own style sheet and script and nothing else, from nowhere else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

// resultPolicy is that of a result page, which has everything in itself.
var resultPolicy = page.Policy + "; frame-ancestors 'self'"

// guard keeps other web sites away: a request must name an address, localhost or one of names (a name that somebody else
// resolves to this machine is DNS rebinding), a form must come from these pages, and bodies are small.
func guard(next http.Handler, names []string) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if !known(r.Host, names) {
			http.Error(w, "this is not a name of this page: use the address that `madx ui` printed, or start it with --host and this name", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		sameOrigin.ServeHTTP(w, r)
	})
}

// known tells whether a Host header cannot be another site's name for this machine.
func known(header string, names []string) bool {
	name := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || name != "" && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
