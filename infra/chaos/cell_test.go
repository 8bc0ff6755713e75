package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"madx/infra/failpoint"
	"madx/infra/integration/fixture"
	"madx/infra/objectstore"
)

// storePatience is how long the worker waits for a silent store.
const storePatience = time.Second

// cell is one whole installation: Temporal, S3 behind the proxy, a worker and its trainers, each process by itself.
type cell struct {
	t        *testing.T
	name     string
	bin, dir string
	rng      *rand.Rand
	proxy    *proxy
	address  string // of Temporal
	s3       string // of the store itself
	keys     []string
	points   string // folder of armed failpoints

	programs map[string]*program // temporal, s3, worker
	temporal client.Client
	store    objectstore.Store // without faults
	sweep    string            // file

	damaged map[string]bool // checkpoints that were damaged on purpose
}

// newCell starts one, or skips the test where the programs are not built.
func newCell(t *testing.T, name string, seed uint64) *cell {
	t.Helper()
	c := &cell{t: t, name: name, bin: os.Getenv("MADX_BIN"), dir: filepath.Join(t.TempDir(), name),
		rng: rand.New(rand.NewPCG(seed, 0)), programs: map[string]*program{}, damaged: map[string]bool{}}
	if c.bin == "" {
		c.bin = filepath.Join(fixture.Root(t), "bin")
	}
	for _, p := range []string{"madx", "madx-trainer", "madx-devstack"} {
		if _, err := os.Stat(filepath.Join(c.bin, p)); err != nil {
			t.Skipf("%s is not built (%v): make build; MADX_BIN names another folder", p, err)
		}
	}
	c.points = filepath.Join(c.dir, "points")
	if err := os.MkdirAll(c.points, 0o755); err != nil {
		t.Fatal(err)
	}
	c.address, c.s3 = freeAddress(t), freeAddress(t)
	profile := filepath.Join(fixture.Root(t), "temporal-dev.yaml")
	// The ports stay the same over restarts, as addresses in production do.
	for part, address := range map[string]string{"temporal": c.address, "s3": c.s3} {
		_, port, _ := net.SplitHostPort(address)
		c.programs[part] = c.run(part, "madx-devstack", []string{"--data", filepath.Join(c.dir, part), "--config", profile,
			"--parts", part, "--" + part + "-port", port}, nil)
	}
	c.ready()
	c.proxy = newProxy(t, c.s3, rand.New(rand.NewPCG(seed, 1)))
	c.sweep = c.writeSweep()
	c.programs["worker"] = c.run("worker", "madx", append(c.connection(),
		"-v", "worker", "--dir", filepath.Join(c.dir, "worker"), "--threads", "1", "--drain", "20s"),
		[]string{failpoint.Variable + "=" + c.points, "MADX_STORE_ENDPOINT=" + c.proxy.URL})
	return c
}

// connection are the arguments by which a command finds this cell's Temporal.
func (c *cell) connection() []string { return []string{"--temporal-address", c.address} }

func (c *cell) environment() []string {
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "MADX_HOME=" + c.dir, "XDG_CONFIG_HOME=" + c.dir, "TMPDIR=" + c.dir,
		"MADX_STORE_URI=s3://madx", "MADX_STORE_PATH_STYLE=true", "MADX_STORE_ENDPOINT=http://" + c.s3,
		"MADX_STORE_PATIENCE=" + storePatience.String()}, c.keys...)
	if lib := os.Getenv("LD_LIBRARY_PATH"); lib != "" {
		env = append(env, "LD_LIBRARY_PATH="+lib)
	}
	return env
}

// ready waits for Temporal and S3 to have announced themselves.
func (c *cell) ready() {
	c.t.Helper()
	for part := range c.programs {
		path := filepath.Join(c.dir, part, "ready.json")
		c.until(part+" is ready", func() bool { _, err := os.Stat(path); return err == nil })
	}
	var keys struct {
		ID     string `json:"access_key_id"`
		Secret string `json:"secret_access_key"`
		Region string `json:"region"`
	}
	body, err := os.ReadFile(filepath.Join(c.dir, "s3", "credentials.json"))
	if err == nil {
		err = json.Unmarshal(body, &keys)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.keys = []string{"AWS_ACCESS_KEY_ID=" + keys.ID, "AWS_SECRET_ACCESS_KEY=" + keys.Secret, "AWS_REGION=" + keys.Region}
	c.store, err = objectstore.Open(c.t.Context(), "s3://madx", objectstore.S3Options{Endpoint: "http://" + c.s3, Region: keys.Region,
		PathStyle: true, AccessKey: keys.ID, SecretKey: keys.Secret})
	if err != nil {
		c.t.Fatal(err)
	}
	if c.temporal, err = client.Dial(client.Options{HostPort: c.address, Logger: quiet{}}); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.temporal.Close)
}

func (c *cell) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: waited in vain until %s", c.name, what)
		}
	}
}

// madx runs a command to its end.
func (c *cell) madx(args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), filepath.Join(c.bin, "madx"), append(c.connection(), args...)...)
	cmd.Env = c.environment()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("madx %s: %w\n%s", strings.Join(args, " "), err, out.Bytes())
	}
	return out.String(), nil
}

// trainers returns this cell's trainer processes.
func (c *cell) trainers() []int {
	var out []int
	for _, pid := range fixture.Processes(c.t) {
		line := fixture.CommandLine(pid)
		if strings.Contains(line, "madx-trainer") && strings.Contains(line, c.dir) {
			if state, _ := fixture.Stat(pid); state != "" && state != "Z" {
				out = append(out, pid)
			}
		}
	}
	return out
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

// quiet drops what Temporal's client says about a server that is being killed.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
