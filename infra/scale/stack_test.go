package scale

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
)

// stack is Temporal, S3 behind a counting proxy, and workers, each a process.
type stack struct {
	t        *testing.T
	bin, dir string
	env      []string
	counts   *counter
	temporal client.Client
	store    objectstore.Store
	pids     map[string][]int // temporal, s3, worker
}

func start(t *testing.T, workers int) *stack {
	t.Helper()
	s := &stack{t: t, bin: os.Getenv("MADX_BIN"), dir: t.TempDir(), pids: map[string][]int{}}
	if s.bin == "" {
		s.bin = filepath.Join(fixture.Root(t), "bin")
	}
	for _, p := range []string{"madx", "madx-devstack"} {
		if _, err := os.Stat(filepath.Join(s.bin, p)); err != nil {
			t.Skipf("%s is not built (%v): make build; MADX_BIN names another folder", p, err)
		}
	}
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "MADX_HOME=" + s.dir, "XDG_CONFIG_HOME=" + s.dir, "TMPDIR=" + s.dir, stubVariable + "=1"}
	address := map[string]string{}
	for _, part := range []string{"temporal", "s3"} {
		address[part] = freeAddress(t)
		_, port, _ := net.SplitHostPort(address[part])
		s.run(part, "madx-devstack", "--data", filepath.Join(s.dir, part), "--config", filepath.Join(fixture.Root(t), "temporal-dev.yaml"),
			"--parts", part, "--"+part+"-port", port)
	}
	for part := range address {
		ready := filepath.Join(s.dir, part, "ready.json")
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(ready); err == nil {
				break
			} else if time.Now().After(end) {
				t.Fatalf("%s does not start: %v", part, err)
			}
		}
	}
	s.openStore("http://" + address["s3"])
	var err error
	if s.temporal, err = client.Dial(client.Options{HostPort: address["temporal"], Logger: silent{}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.temporal.Close)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i := range workers {
		s.run("worker", "madx", "--temporal-address", address["temporal"], "worker", "--trainer", self, "--device", "cpu", "--threads", "1",
			"--drain", "5s", "--dir", filepath.Join(s.dir, fmt.Sprint("worker", i)))
	}
	return s
}

func (s *stack) openStore(endpoint string) {
	s.t.Helper()
	var keys struct {
		ID     string `json:"access_key_id"`
		Secret string `json:"secret_access_key"`
		Region string `json:"region"`
	}
	body, err := os.ReadFile(filepath.Join(s.dir, "s3", "credentials.json"))
	if err == nil {
		err = json.Unmarshal(body, &keys)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.counts = newCounter(s.t, endpoint)
	s.env = append(s.env, "MADX_STORE_URI=s3://madx", "MADX_STORE_PATH_STYLE=true", "MADX_STORE_ENDPOINT="+s.counts.url,
		"AWS_ACCESS_KEY_ID="+keys.ID, "AWS_SECRET_ACCESS_KEY="+keys.Secret, "AWS_REGION="+keys.Region)
	s.store, err = objectstore.Open(s.t.Context(), "s3://madx", objectstore.S3Options{Endpoint: endpoint, Region: keys.Region, PathStyle: true,
		AccessKey: keys.ID, SecretKey: keys.Secret})
	if err != nil {
		s.t.Fatal(err)
	}
}

// run starts a program that lives as long as the test.
func (s *stack) run(name, program string, args ...string) {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, name+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, log, log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.pids[name] = append(s.pids[name], cmd.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.t.Cleanup(func() {
		defer log.Close()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			s.t.Errorf("%s does not stop", name)
			_ = cmd.Process.Kill()
		}
		if body, err := os.ReadFile(log.Name()); err == nil && s.t.Failed() {
			s.t.Logf("%s wrote:\n%s", name, body[max(0, len(body)-2000):])
		}
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// counter stands before S3 and counts requests by the kind of key and method: "artifacts/language PUT".
type counter struct {
	url string
	mu  sync.Mutex
	n   map[string]int
}

func newCounter(t *testing.T, target string) *counter {
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{n: map[string]int{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.count(r)
		proxy.ServeHTTP(w, r) // Host stays: the signature covers it
	})}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.url = "http://" + ln.Addr().String()
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return c
}

func (c *counter) count(r *http.Request) {
	key, method := r.URL.Path, r.Method
	if prefix := r.URL.Query().Get("prefix"); prefix != "" {
		key, method = "/madx/"+prefix, "LIST"
	}
	parts := strings.Split(strings.TrimPrefix(key, "/madx/"), "/")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[strings.Join(parts[:min(2, len(parts)-1)], "/")+" "+method]++
}

// silent drops what Temporal's client says.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
