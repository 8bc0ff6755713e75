package mirror

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Options say what to download, from where and to where.
type Options struct {
	Mirror string // base URL, such as "https://dumps.wikimedia.org"
	Wiki   string // "swwiki"
	Date   string // "20260101", or "latest" (also ""): the newest whose articles are finished
	Dir    string // where the files go; made if it is not there
	Client *http.Client
	// UserAgent names who asks, as Wikimedia's policy wants; empty means a generic one of this program.
	UserAgent string
	// Progress is told the bytes that are here and the bytes there are in all, from one goroutine at a time.
	Progress func(done, total int64)

	Retries      int           // attempts for one request without any progress between them; 0 means 6
	Backoff      time.Duration // pause after the first failure, doubled each time up to a minute; 0 means 1 s
	StallTimeout time.Duration // a connection that brings nothing for so long is given up; 0 means 60 s
}

const defaultUserAgent = "madx/1 (adapter training; reads pages-articles dumps)"

// ErrNotFound means that the mirror does not have the wiki or the date.
var ErrNotFound = errors.New("not on the mirror")

var (
	wikiName = regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`)
	dateName = regexp.MustCompile(`^[12][0-9]{7}$`)
)

// checked returns the options with defaults filled in, or says what is wrong with them.
func (o Options) checked() (Options, error) {
	u, err := url.Parse(o.Mirror)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return o, fmt.Errorf("mirror %q is not an http or https address", o.Mirror)
	}
	o.Mirror = strings.TrimRight(o.Mirror, "/")
	if !wikiName.MatchString(o.Wiki) {
		return o, fmt.Errorf("wiki %q is not a database name such as \"swwiki\"", o.Wiki)
	}
	if o.Date == "" {
		o.Date = "latest"
	}
	if o.Date != "latest" && !dateName.MatchString(o.Date) {
		return o, fmt.Errorf("dump date %q is neither \"latest\" nor a date such as 20260101", o.Date)
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	if o.Retries <= 0 {
		o.Retries = 6
	}
	if o.Backoff <= 0 {
		o.Backoff = time.Second
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = time.Minute
	}
	o.Client = safeClient(o.Client)
	return o, nil
}

// safeClient is base with redirects held to http and https, never from https down to http.
func safeClient(base *http.Client) *http.Client {
	c := http.Client{}
	if base != nil {
		c = *base
	}
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= 5 {
			return permanent{errors.New("more than 5 redirects")}
		}
		was := via[len(via)-1].URL.Scheme
		if to := req.URL.Scheme; to != "https" && (to != "http" || was == "https") {
			return permanent{fmt.Errorf("redirect from %s to %s refused", was, req.URL.Redacted())}
		}
		return nil
	}
	return &c
}
