package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// refusing is an S3 that answers with one error until it is told to be well, or sees the key that it knows.
type refusing struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	code   string // "" once it is well
	knows  string // access key; "" is any
	asked  int
	body   string // of the last request that was served
}

func newRefusing(t *testing.T, status int, code string) *refusing {
	f := &refusing{status: status, code: code}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.asked++
		if f.code != "" && (f.knows == "" || !strings.Contains(r.Header.Get("Authorization"), "Credential="+f.knows+"/")) {
			w.WriteHeader(f.status)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", f.code)
			return
		}
		body, _ := io.ReadAll(r.Body)
		f.body = string(body)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *refusing) heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.code = ""
}

// patient opens it without the SDK's own pauses.
func (f *refusing) patient(t *testing.T, opt S3Options, log io.Writer) *Waiting {
	t.Helper()
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	opt.Bucket, opt.Endpoint, opt.PathStyle, opt.Region, opt.ChecksumsWhenRequired = "b", f.URL, true, "r", true
	s, err := OpenS3(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	w := Wait(s, slog.New(slog.NewTextHandler(log, nil)))
	w.first, w.longest = time.Millisecond, 5*time.Millisecond
	return w
}

const secret = "very-secret-key"

// What passes, or a person mends, is waited for and told; then the whole body is put.
func TestStoreThatIsAwayIsWaitedFor(t *testing.T) {
	for _, tt := range []struct {
		status     int
		code, says string
	}{
		{503, "SlowDown", "SlowDown"}, {500, "InternalError", "InternalError"}, {404, "NoSuchBucket", "does not exist: create it"},
		{403, "ExpiredToken", "renew them"}, {403, "InvalidAccessKeyId", "renew them"}, {403, "AccessDenied", "grant them"},
		{403, "RequestTimeTooSkewed", "set the clock"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			f := newRefusing(t, tt.status, tt.code)
			var log strings.Builder
			s := f.patient(t, S3Options{AccessKey: "a", SecretKey: secret}, &log)
			var told []string
			ctx := Telling(t.Context(), func(why string) {
				if told = append(told, why); len(told) == 3 {
					f.heal()
				}
			})
			if err := s.Put(ctx, "k", strings.NewReader("whole"), 5, PutOptions{}); err != nil || f.body != "whole" {
				t.Errorf("%q: %v", f.body, err)
			}
			if f.asked != 4 || len(told) != 4 || told[3] != "" || !strings.Contains(told[0], tt.says) {
				t.Errorf("asked %d times, told %q", f.asked, told)
			}
			if all := strings.Join(told, "") + log.String(); strings.Contains(all, secret) || !strings.Contains(all, "waiting for the store") {
				t.Error(all)
			}
		})
	}
}

// A server that is gone is waited for, and one whose refusal is for good is not; nor is a file that cannot be read.
func TestWhatIsWaitedFor(t *testing.T) {
	f := newRefusing(t, 400, "InvalidRequest")
	s := f.patient(t, S3Options{AccessKey: "a", SecretKey: secret}, io.Discard)
	if _, err := s.List(t.Context(), ""); err == nil || errors.Is(err, ErrAway) || f.asked != 1 {
		t.Errorf("asked %d times: %v", f.asked, err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if err := s.Put(t.Context(), "k", file, 5, PutOptions{}); err == nil {
		t.Error("a closed file was sent")
	}
	f.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	tries := 0
	ctx = Telling(ctx, func(string) {
		if tries++; tries == 3 {
			cancel(stopped)
		}
	})
	if _, err := s.Get(ctx, "k"); !errors.Is(err, stopped) || !errors.Is(err, ErrAway) {
		t.Errorf("%v", err)
	}
	s.limit, s.deletes = time.Hour, 20*time.Millisecond
	if err := s.Delete(t.Context(), "k"); !errors.Is(err, ErrAway) || !strings.Contains(err.Error(), "after ") {
		t.Errorf("a removal is not waited for long: %v", err)
	}
}

// Credentials that the store refuses are read again where they came from: a file that is rewritten, a program's output.
func TestRefusedCredentialsAreReadAgain(t *testing.T) {
	for _, from := range []string{"shared credentials file", "credential_process"} {
		t.Run(from, func(t *testing.T) {
			dir := t.TempDir()
			keys := filepath.Join(dir, "keys")
			write := func(id string) {
				text := fmt.Sprintf("[team]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = t\n", id, secret)
				if from == "credential_process" {
					text = fmt.Sprintf(`{"Version":1,"AccessKeyId":%q,"SecretAccessKey":%q,"SessionToken":"t"}`, id, secret)
				}
				if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			config := filepath.Join(dir, "config")
			t.Setenv("AWS_CONFIG_FILE", config)
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", keys)
			t.Setenv("AWS_PROFILE", "team")
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			if from == "credential_process" {
				t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "none"))
				if err := os.WriteFile(config, []byte("[profile team]\ncredential_process = /bin/cat "+keys+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("OLDKEY")
			f := newRefusing(t, http.StatusForbidden, "ExpiredToken")
			f.knows = "NEWKEY"
			s := f.patient(t, S3Options{}, io.Discard)
			var told []string
			ctx := Telling(t.Context(), func(why string) {
				if told = append(told, why); len(told) == 2 {
					write("NEWKEY")
				}
			})
			if err := s.Put(ctx, "k", strings.NewReader("whole"), 5, PutOptions{}); err != nil || f.body != "whole" {
				t.Errorf("%q: %v", f.body, err)
			}
			if len(told) < 3 || !strings.Contains(told[0], "renew them") || strings.Contains(strings.Join(told, ""), secret) {
				t.Errorf("told %q", told)
			}
		})
	}
}

// A secret that is corrected under the same key's name counts at once.
func TestCorrectedSecretSignsAnew(t *testing.T) {
	sign := func(s *signer, secret string) string {
		r := httptest.NewRequest(http.MethodGet, "http://store/b/k", nil)
		keys := aws.Credentials{AccessKeyID: "KEY", SecretAccessKey: secret}
		if err := s.SignHTTP(t.Context(), keys, r, "UNSIGNED-PAYLOAD", "s3", "r", time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		return r.Header.Get("Authorization")
	}
	var s signer
	wrong, right := sign(&s, "mistyped"), sign(&s, "correct")
	if wrong == right || right != sign(&signer{}, "correct") {
		t.Errorf("%s\n%s", wrong, right)
	}
}
