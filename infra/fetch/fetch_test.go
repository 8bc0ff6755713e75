package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"madx/infra/config"
	"madx/infra/objectstore"
)

var content = bytes.Repeat([]byte("0123456789abcdef"), 10_000)

func place(t *testing.T, text string) config.Location {
	t.Helper()
	l, err := config.ParseLocation(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve answers with handler; n counts the requests from 1.
func serve(t *testing.T, handler func(w http.ResponseWriter, r *http.Request, n int)) string {
	t.Helper()
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, r, int(n.Add(1))) }))
	t.Cleanup(s.Close)
	return s.URL
}

var quick = Options{Backoff: time.Millisecond, Retries: 3}

// whole fails unless the file is there with the right bytes and nothing is beside it.
func whole(t *testing.T, f File, dir string) {
	t.Helper()
	got, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	sum := sha256.Sum256(content)
	if f.SHA256 != hex.EncodeToString(sum[:]) || f.Bytes != int64(len(content)) {
		t.Errorf("file %+v", f)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func nothing(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestBrokenConnectionGoesOn(t *testing.T) {
	var asked []string
	url := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		asked = append(asked, r.Header.Get("Range"))
		if r.Header.Get("User-Agent") != userAgent || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("headers %v", r.Header)
		}
		w.Header().Set("ETag", `"one"`)
		from := 0
		if s := r.Header.Get("Range"); s != "" {
			if _, err := fmt.Sscanf(s, "bytes=%d-", &from); err != nil || r.Header.Get("If-Range") != `"one"` {
				t.Errorf("range %q, %v", s, err)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		part := content[from:]
		if n < 5 { // more often than there are attempts: each brings something
			part = part[:30_000]
		}
		_, _ = w.Write(part)
	})
	dir := t.TempDir()
	var last, total int64
	opt := quick
	opt.Progress = func(done, all int64) {
		if done < last {
			t.Errorf("progress went back from %d to %d", last, done)
		}
		last, total = done, all
	}
	f, err := Get(t.Context(), place(t, url+"/d/a.txt"), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, f, dir)
	if f.ETag != `"one"` || filepath.Base(f.Path) != "a.txt" || last != int64(len(content)) || total != last {
		t.Errorf("%+v, progress %d of %d", f, last, total)
	}
	if want := "[ bytes=30000- bytes=60000- bytes=90000- bytes=120000-]"; fmt.Sprint(asked) != want {
		t.Errorf("asked %v", asked)
	}
}

// A server that has another file by now, or knows no ranges, sends all of it again.
func TestRangeNotGiven(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		if n == 1 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 70_000))
			return
		}
		_, _ = w.Write(content)
	})
	dir := t.TempDir()
	f, err := Get(t.Context(), place(t, url+"/a.txt"), dir, quick)
	if err != nil || f.ETag != `"2"` {
		t.Fatalf("%+v, %v", f, err)
	}
	whole(t, f, dir)
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		asked  int
		want   string
	}{
		{"not there", 404, 1, "status 404"},
		{"not allowed", 401, 1, "needs HF_TOKEN"},
		{"gone", 410, 1, "status 410"},
		{"busy", 503, 3, "status 503 Service Unavailable (3 attempts)"},
		{"too many", 429, 3, "status 429"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) { asked = n; w.WriteHeader(tt.status) })
			dir := t.TempDir()
			_, err := Get(t.Context(), place(t, url+"/a.txt"), dir, quick)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), url+"/a.txt") || asked != tt.asked {
				t.Errorf("asked %d times: %v", asked, err)
			}
			nothing(t, dir)
		})
	}
}

func TestTooLarge(t *testing.T) {
	for _, said := range []bool{true, false} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			if n > 1 {
				t.Error("asked again")
			}
			if !said {
				w.(http.Flusher).Flush() // no length then
			}
			_, _ = w.Write(content)
		})
		dir := t.TempDir()
		opt := quick
		opt.MaxBytes = 100_000
		if _, err := Get(t.Context(), place(t, url+"/a.txt"), dir, opt); !errors.Is(err, ErrTooLarge) {
			t.Errorf("length said %v: %v", said, err)
		}
		nothing(t, dir)
	}
}

func TestSilenceEnds(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Length", "100")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	opt := quick
	opt.Stall, opt.Retries = 20*time.Millisecond, 2
	if _, err := Get(t.Context(), place(t, url+"/a.txt"), t.TempDir(), opt); err == nil || !strings.Contains(err.Error(), "nothing came for 20ms") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Get(ctx, place(t, url+"/a.txt"), t.TempDir(), quick); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestHub(t *testing.T) {
	bytesAt := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token goes to where a hub sends on")
		}
		_, _ = w.Write(content)
	})
	bytesAt = strings.Replace(bytesAt, "127.0.0.1", "localhost", 1)
	hub := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.EscapedPath() != "/datasets/o/n/resolve/main/d/a%20b.txt" || r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("asked %s with %v", r.URL.EscapedPath(), r.Header)
		}
		w.Header().Set("X-Repo-Commit", "c0ffee")
		http.Redirect(w, r, bytesAt+"/blob", http.StatusFound)
	})
	dir := t.TempDir()
	opt := quick
	opt.Hub, opt.Token = hub, "secret"
	f, err := Get(t.Context(), place(t, "hf://datasets/o/n@main/d/a b.txt"), dir, opt)
	if err != nil || f.Revision != "c0ffee" || filepath.Base(f.Path) != "a b.txt" {
		t.Fatalf("%+v, %v", f, err)
	}
	whole(t, f, dir)
	if _, err := Get(t.Context(), place(t, "hf://datasets/o/n@main/a"), t.TempDir(), quick); err == nil || !strings.Contains(err.Error(), "hub") {
		t.Errorf("without a hub: %v", err)
	}
}

func TestTokenStaysWithTheHub(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token goes to any server")
		}
	})
	opt := quick
	opt.Token = "secret"
	if _, err := Get(t.Context(), place(t, url+"/a"), t.TempDir(), opt); err != nil {
		t.Error(err)
	}
}

func TestBucket(t *testing.T) {
	store, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "k/a.txt", bytes.NewReader(content), int64(len(content)), objectstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	opt := quick
	opt.Bucket = func(_ context.Context, name string) (objectstore.Store, error) {
		if name != "b" {
			t.Errorf("bucket %s", name)
		}
		return store, nil
	}
	dir := t.TempDir()
	f, err := Get(t.Context(), place(t, "s3://b/k/a.txt"), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, f, dir)
	if _, err := Get(t.Context(), place(t, "s3://b/k/none"), t.TempDir(), opt); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("an object that is not there: %v", err)
	}
	if same, err := Same(t.Context(), place(t, "s3://b/k/a.txt"), "", f.Bytes, opt); !same || err != nil {
		t.Errorf("the same object: %v, %v", same, err)
	}
	if same, err := Same(t.Context(), place(t, "s3://b/k/a.txt"), "", 1, opt); same || err != nil {
		t.Errorf("an object of another size: %v, %v", same, err)
	}
	opt.MaxBytes = 10
	if _, err := Get(t.Context(), place(t, "s3://b/k/a.txt"), t.TempDir(), opt); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := Get(t.Context(), place(t, "s3://b/k/a.txt"), t.TempDir(), quick); err == nil {
		t.Error("without settings for buckets")
	}
}

func TestSame(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method != http.MethodHead {
			t.Errorf("method %s", r.Method)
		}
		switch r.URL.Path {
		case "/weak":
			w.Header().Set("ETag", `W/"one"`)
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		default:
			w.Header().Set("ETag", `"one"`)
		}
	})
	for _, tt := range []struct {
		at, etag   string
		same, fail bool
	}{
		{url + "/a", `"one"`, true, false},
		{url + "/a", `"two"`, false, false},
		{url + "/a", "", false, false},
		{url + "/weak", `W/"one"`, false, false},
		{url + "/gone", `"one"`, false, true},
		{"hf://datasets/o/n@" + strings.Repeat("0a", 20) + "/a", "", true, false}, // a commit says it all: nobody is asked
	} {
		same, err := Same(t.Context(), place(t, tt.at), tt.etag, 1, quick)
		if same != tt.same || (err != nil) != tt.fail {
			t.Errorf("%s with %q: %v, %v", tt.at, tt.etag, same, err)
		}
	}
}

func TestLocalFilesAreNotFetched(t *testing.T) {
	dir := t.TempDir()
	if _, err := Get(t.Context(), place(t, "a.txt"), dir, quick); err == nil {
		t.Error("a local file is fetched")
	}
	nothing(t, dir)
}
