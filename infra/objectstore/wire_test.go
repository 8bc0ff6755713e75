package objectstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Where requests go, as the client makes their addresses.
func TestAddresses(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_PROFILE", "")
	for _, tt := range []struct {
		opt  S3Options
		want string
	}{
		{S3Options{}, "https://bucket.s3.us-east-1.amazonaws.com/below/k"},
		{S3Options{Region: "eu-central-1"}, "https://bucket.s3.eu-central-1.amazonaws.com/below/k"},
		{S3Options{Region: "eu-central-1", PathStyle: true}, "https://s3.eu-central-1.amazonaws.com/bucket/below/k"},
		{S3Options{Endpoint: "https://store.example:9000"}, "https://bucket.store.example:9000/below/k"},
		{S3Options{Endpoint: "http://store.example:9000", PathStyle: true}, "http://store.example:9000/bucket/below/k"},
	} {
		tt.opt.Bucket, tt.opt.Prefix, tt.opt.AccessKey, tt.opt.SecretKey = "bucket", "below", "a", "s"
		s, err := OpenS3(t.Context(), tt.opt)
		if err != nil {
			t.Fatal(err)
		}
		req, err := s3.NewPresignClient(s.client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full("k"))})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(req.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Scheme + "://" + u.Host + u.Path; got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.opt, got, tt.want)
		}
	}
}

// parts is an S3 that takes uploads in parts, and may fail one.
type parts struct {
	mu      sync.Mutex
	fail    string // part number
	cancel  func() // called by the part that fails
	most    int    // requests under way at once
	two     chan struct{}
	now     int
	created http.Header
	got     map[string]int // bytes by part number
	ended   string         // "completed" or "aborted"
}

func (p *parts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n := q.Get("partNumber")
	p.mu.Lock()
	p.now++
	p.most = max(p.most, p.now)
	if p.most == 2 && p.two != nil {
		close(p.two)
		p.two = nil
	}
	two := p.two
	p.mu.Unlock()
	size, _ := io.Copy(io.Discard, r.Body)
	if n != "" && two != nil { // the first part stays until there is a second beside it
		select {
		case <-two:
		case <-time.After(10 * time.Second):
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now--
	switch {
	case q.Has("uploads"):
		p.created = r.Header
		fmt.Fprint(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
	case n != "" && n == p.fail:
		if p.cancel != nil {
			p.cancel()
		}
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, "<Error><Code>InternalError</Code></Error>")
	case n != "":
		p.got[n] = int(size)
		w.Header().Set("ETag", n)
	case r.Method == http.MethodDelete:
		p.ended = "aborted"
		w.WriteHeader(http.StatusNoContent)
	default:
		p.ended = "completed"
		fmt.Fprint(w, "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
	}
}

// Large bodies go in parts, several at a time. Where one fails, or the context ends, those that are there are given up.
func TestPartsOfLargeBodies(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	body := bytes.Repeat([]byte("x"), multipartFrom+1)
	for _, tt := range []struct{ name, fail, ended string }{{"whole", "", "completed"}, {"a part fails", "3", "aborted"}, {"context ends", "2", "aborted"}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := &parts{fail: tt.fail, two: make(chan struct{}), got: map[string]int{}}
			if tt.name == "context ends" {
				p.cancel = cancel
			}
			server := httptest.NewServer(p)
			defer server.Close()
			s, err := OpenS3(t.Context(), S3Options{Bucket: "b", Endpoint: server.URL, PathStyle: true, Region: "r", AccessKey: "a", SecretKey: "s",
				SSE: "AES256", ChecksumsWhenRequired: true})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Put(ctx, "k", bytes.NewReader(body), int64(len(body)), PutOptions{SHA256: strings.Repeat("ab", 32)})
			server.Close() // waits for what is under way
			if (err != nil) != (tt.fail != "") || p.ended != tt.ended {
				t.Errorf("%s: %v", p.ended, err)
			}
			if got := p.created.Get("X-Amz-Server-Side-Encryption") + " " + p.created.Get("X-Amz-Meta-Madx-Sha256"); got != "AES256 "+strings.Repeat("ab", 32) {
				t.Errorf("created with %q", got)
			}
			sum := 0
			for _, n := range p.got {
				sum += n
			}
			if tt.fail == "" && (sum != len(body) || len(p.got) < 4 || p.most < 2) {
				t.Errorf("%d bytes in %d parts, %d at once", sum, len(p.got), p.most)
			}
		})
	}
}
