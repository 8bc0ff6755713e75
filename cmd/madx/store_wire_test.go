package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// recorder is an S3 whose bucket holds one object: the last one put.
type recorder struct {
	mu       sync.Mutex
	requests []*http.Request
	key      string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, req)
	switch {
	case req.Method == http.MethodPut:
		r.key = strings.TrimPrefix(req.URL.Path, "/bucket/")
	case req.URL.Query().Has("uploads"):
		fmt.Fprint(w, "<ListMultipartUploadsResult/>")
	case req.URL.Query().Has("list-type"):
		fmt.Fprintf(w, "<ListBucketResult><Contents><Key>%s</Key><Size>0</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>", r.key)
	}
}

// put returns what was sent with the first object.
func (r *recorder) put(t *testing.T) *http.Request {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.requests {
		if req.Method == http.MethodPut {
			return req
		}
	}
	t.Fatalf("nothing was put in %d requests", len(r.requests))
	return nil
}

// Each setting of the store changes what is sent.
func TestStoreSettingsReachTheWire(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(keys, []byte("[default]\naws_access_key_id = USUAL\naws_secret_access_key = s\n[team]\naws_access_key_id = TEAM\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", keys)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	scope := func(r *http.Request) string { return r.Header.Get("Authorization") }
	sum := func(r *http.Request) string {
		for name := range r.Header {
			if n := strings.ToLower(name); strings.HasPrefix(n, "x-amz-checksum-") || n == "x-amz-trailer" || n == "x-amz-sdk-checksum-algorithm" {
				return name
			}
		}
		return "none"
	}
	for _, tt := range []struct {
		name, value string
		get         func(*http.Request) string
		without     string // contained in what get returns
		with        string
	}{
		{"MADX_STORE_REGION", "eu-test-1", scope, "/us-east-1/s3/", "/eu-test-1/s3/"},
		{"AWS_REGION", "eu-test-2", scope, "/us-east-1/s3/", "/eu-test-2/s3/"},
		{"MADX_STORE_SSE", "aws:kms", func(r *http.Request) string { return "<" + r.Header.Get("X-Amz-Server-Side-Encryption") + ">" }, "<>", "<aws:kms>"},
		{"MADX_STORE_CHECKSUMS", "when_required", sum, "X-Amz-", "none"},
		{"AWS_PROFILE", "team", scope, "Credential=USUAL/", "Credential=TEAM/"},
		{"AWS_ACCESS_KEY_ID", "ENVIRON", scope, "Credential=USUAL/", "Credential=ENVIRON/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, set := range []bool{false, true} {
				r := &recorder{}
				server := httptest.NewServer(r)
				t.Setenv("MADX_STORE_URI", "s3://bucket/below")
				t.Setenv("MADX_STORE_ENDPOINT", server.URL)
				t.Setenv("MADX_STORE_PATH_STYLE", "true")
				want := tt.without
				if set {
					t.Setenv(tt.name, tt.value)
					t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
					want = tt.with
				}
				if tt.name != "AWS_ACCESS_KEY_ID" {
					t.Setenv("AWS_SECRET_ACCESS_KEY", "")
				}
				status, out, errOut := command(t, "store", "gc")
				server.Close()
				if status != 0 {
					t.Fatalf("status %d: %s%s", status, out, errOut)
				}
				req := r.put(t)
				if got := tt.get(req); !strings.Contains(got, want) {
					t.Errorf("set %v: %q is not in %q", set, want, got)
				}
				if !strings.HasPrefix(req.URL.Path, "/bucket/below/clock/") {
					t.Errorf("path %s", req.URL.Path)
				}
			}
		})
	}
}

// A bucket that is missing, and a store that is not there, is status 3 and says what to do.
func TestStoreTroubleIsToldByStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>")
	}))
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Setenv("MADX_STORE_URI", "s3://bucket")
	t.Setenv("MADX_STORE_ENDPOINT", server.URL)
	t.Setenv("MADX_STORE_PATH_STYLE", "true")
	for _, says := range []string{"create it or correct store.uri", "refused"} {
		if says == "refused" {
			server.Close()
		}
		for _, a := range [][]string{{"store", "gc"}, {"store", "verify"}, {"adapters", "list"}} {
			status, _, errOut := command(t, a...)
			if status != 3 || !strings.Contains(errOut, says) || strings.Contains(errOut, "very-secret-key") {
				t.Errorf("%v: status %d, %s", a, status, errOut)
			}
		}
	}
	for _, a := range [][]string{{"store", "gc", "--older", "-1h"}, {"store", "gc", "x"}, {"store", "verify", "a", "b"}} {
		if status, _, errOut := command(t, a...); status != 2 {
			t.Errorf("%v: status %d, %s", a, status, errOut)
		}
	}
}
