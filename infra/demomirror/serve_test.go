package demomirror

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func get(t *testing.T, url, rangeHeader string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rangeHeader != "" {
		request.Header.Set("Range", rangeHeader)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func TestServe(t *testing.T) {
	dir, _ := build(t)
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "outside")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "swwiki", ".building-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	base, err := Serve(ctx, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("address %s is not on loopback", base)
	}
	name := "/swwiki/" + Date + "/swwiki-" + Date + "-pages-articles-multistream.xml.bz2"
	want, err := os.ReadFile(dumpPath(dir, "swwiki"))
	if err != nil {
		t.Fatal(err)
	}

	response, body := get(t, base+name, "")
	if response.StatusCode != 200 || !bytes.Equal(body, want) || response.Header.Get("Accept-Ranges") != "bytes" ||
		response.Header.Get("ETag") == "" || response.Header.Get("Last-Modified") == "" {
		t.Errorf("whole file: %s, %d bytes, %v", response.Status, len(body), response.Header)
	}
	response, body = get(t, base+name, "bytes=1000-")
	if response.StatusCode != http.StatusPartialContent || !bytes.Equal(body, want[1000:]) {
		t.Errorf("rest of the file: %s, %d bytes", response.Status, len(body))
	}
	if response, _ = get(t, base+name, "bytes=99999999-"); response.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("range beyond the end: %s", response.Status)
	}

	response, body = get(t, base+"/swwiki", "") // redirected to the folder
	if response.StatusCode != 200 || !strings.Contains(string(body), `<a href="`+Date+`/">`+Date+`/</a>`) || strings.Contains(string(body), "building") {
		t.Errorf("index: %s\n%s", response.Status, body)
	}
	for _, missing := range []string{"/xxwiki/", "/swwiki/20200101/dumpstatus.json", "/swwiki/.building-1/", "/.hidden", name + "/"} {
		if response, _ = get(t, base+missing, ""); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", missing, response.Status)
		}
	}
	if response, _ = get(t, base+"/outside/", ""); response.StatusCode == 200 {
		t.Error("a link leads out of the mirror")
	}
	post, err := http.Post(base+name, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	post.Body.Close()
	if post.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", post.Status)
	}
}

func TestServeStopsAndReportsABusyPort(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	base, err := Serve(ctx, t.TempDir(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(base, "http://")
	if _, err := Serve(ctx, t.TempDir(), address); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("second server on the port: %v", err)
	}
	cancel()
	for { // ends when the port is free again; the test's own limit catches one that never is
		again, stop := context.WithCancel(context.Background())
		_, err := Serve(again, t.TempDir(), address)
		stop()
		if err == nil {
			return
		}
	}
}
