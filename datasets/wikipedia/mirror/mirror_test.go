package mirror

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// site is a mirror in the layout of dumps.wikimedia.org, with faults to order.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte                                 // path → content
	fault    func(w http.ResponseWriter, r *http.Request) bool // true: it answered
	requests []string                                          // "path range"
	open     int
	maxOpen  int
}

func newSite(t *testing.T) *site {
	s := &site{files: map[string][]byte{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	s.open++
	s.maxOpen = max(s.maxOpen, s.open)
	content, ok := s.files[r.URL.Path]
	fault := s.fault
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
	}()
	if fault != nil && fault(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (s *site) onFault(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *site) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.requests
	s.requests = nil
	return seen
}

type statusFile struct {
	Size int64  `json:"size"`
	SHA1 string `json:"sha1,omitempty"`
	MD5  string `json:"md5,omitempty"`
	URL  string `json:"url"`
}

type statusJob struct {
	Status string                `json:"status"`
	Files  map[string]statusFile `json:"files"`
}

func describe(content []byte) statusFile {
	s, m := sha1.Sum(content), md5.Sum(content)
	return statusFile{Size: int64(len(content)), SHA1: hex.EncodeToString(s[:]), MD5: hex.EncodeToString(m[:])}
}

// publish puts a dump on the site: its parts' contents by name, all in one job.
func (s *site) publish(wiki, date, job, status string, parts map[string][]byte, change func(map[string]statusFile)) {
	files := map[string]statusFile{}
	for name, content := range parts {
		f := describe(content)
		f.URL = fmt.Sprintf("/%s/%s/%s", wiki, date, name)
		files[name] = f
		s.files[f.URL] = content
	}
	if change != nil {
		change(files)
	}
	body, err := json.Marshal(map[string]any{"version": "0.8", "jobs": map[string]statusJob{
		job: {status, files}, "metacurrentdump": {"done", map[string]statusFile{}}}})
	if err != nil {
		panic(err)
	}
	s.files[fmt.Sprintf("/%s/%s/dumpstatus.json", wiki, date)] = body
	list := s.files["/"+wiki+"/"]
	if len(list) == 0 {
		list = []byte("<html><body><a href=\"../\">../</a>\n<a href=\"latest/\">latest/</a>\n")
	}
	s.files["/"+wiki+"/"] = fmt.Appendf(list, "<a href=\"%s/\">%s/</a>   01-Jan-2026 10:00   -\n", date, date)
}

func (s *site) options(t *testing.T) Options {
	return Options{Mirror: s.URL, Wiki: "swwiki", Dir: t.TempDir(), Client: s.Client(), Retries: 4, Backoff: time.Millisecond, StallTimeout: 5 * time.Second}
}

const articles = "articlesmultistreamdump"

func content(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8) ^ seed
	}
	return b
}
