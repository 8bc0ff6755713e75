package objectstore

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A store that falls silent in the middle of an object, or before its first word, is given up.
func TestSilentStoreIsGivenUp(t *testing.T) {
	for name, say := range map[string]func(w http.ResponseWriter){
		"in the body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
		},
		"before the head": func(http.ResponseWriter) {},
	} {
		t.Run(name, func(t *testing.T) {
			end := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w); <-end }))
			defer server.Close()
			defer close(end)
			s, err := OpenS3(context.Background(), S3Options{Bucket: "b", Endpoint: server.URL, PathStyle: true,
				AccessKey: "a", SecretKey: "s", Patience: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Get(context.Background(), "k")
			if err == nil {
				_, err = io.ReadAll(r)
				if !errors.Is(err, errSilent) {
					t.Errorf("%v does not say why", err)
				}
				r.Close()
			}
			if err == nil {
				t.Error("half an object was taken")
			}
		})
	}
}
