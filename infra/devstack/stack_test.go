package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// The test binary plays the program itself when this is set, so that the tests
// kill a real process without building one.
const asProgram = "MADX_DEVSTACK_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is a running stack.
type process struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *bytes.Buffer
	ready  Ready
}

func command(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), stderr: new(bytes.Buffer)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	return p
}

func stackArgs(args ...string) []string {
	return append([]string{"--config", filepath.Join("..", "..", profileName),
		"--temporal-port", "0", "--ui-port", "0", "--s3-port", "0"}, args...)
}

func startStack(t *testing.T, args ...string) *process {
	t.Helper()
	p := command(t, os.Args[0], stackArgs(args...)...)
	p.awaitReady(t)
	return p
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("no ready line: %v\n%s", err, p.stderr)
	}
	if err := json.Unmarshal(line, &p.ready); err != nil {
		t.Fatalf("ready line %q: %v", line, err)
	}
}

// stop ends the stack in order and returns what else it wrote to stdout.
func (p *process) stop(t *testing.T) string {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(p.stdout)
	if err = errors.Join(err, p.cmd.Wait()); err != nil {
		t.Fatalf("stop: %v\n%s", err, p.stderr)
	}
	return string(rest)
}

func TestStackSurvivesKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	data := filepath.Join(t.TempDir(), "with a space")

	first := startStack(t, "--data", data)
	putObject(ctx, t, first.ready, "dir/object", "kept")
	startWorkflow(ctx, t, first.ready, "sweep/kept")
	checkUI(t, first.ready)
	checkSecondIsRefused(t, data)
	if err := first.cmd.Process.Kill(); err != nil { // kill -9
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // it always reports the kill

	second := startStack(t, "--data", data)
	if second.ready.Temporal == first.ready.Temporal {
		t.Error("the second run has the same port: the test should have covered a change")
	}
	if got := getObject(ctx, t, second.ready, "dir/object"); got != "kept" {
		t.Errorf("object is %q", got)
	}
	checkWorkflow(ctx, t, second.ready, "sweep/kept")
	checkUI(t, second.ready)
	if rest := second.stop(t); rest != "" {
		t.Errorf("stdout has more than the ready line: %q", rest)
	}
	if _, err := os.Stat(filepath.Join(data, "ready.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ready.json is left after a stop: %v", err)
	}
}

func TestEphemeralLeavesNothing(t *testing.T) {
	readyFile := filepath.Join(t.TempDir(), "ready")
	unused := filepath.Join(t.TempDir(), "data")
	p := startStack(t, "--ephemeral", "--data", unused, "--ready-file", readyFile)
	text, err := os.ReadFile(readyFile)
	if err != nil {
		t.Fatal(err)
	}
	var r Ready
	if err := json.Unmarshal(text, &r); err != nil || r != p.ready {
		t.Errorf("ready file has %+v (%v), stdout had %+v", r, err, p.ready)
	}
	p.stop(t)
	for _, path := range []string{readyFile, p.ready.Data, unused} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
}

// A folder that began without extended attributes stays so.
func TestMetadataInFiles(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, sidecarName), 0o700); err != nil {
		t.Fatal(err)
	}
	p := startStack(t, "--data", data)
	putObject(ctx, t, p.ready, "dir/object", "kept")
	if got := getObject(ctx, t, p.ready, "dir/object"); got != "kept" {
		t.Errorf("object is %q", got)
	}
	if entries, err := os.ReadDir(filepath.Join(data, sidecarName, p.ready.Bucket)); err != nil || len(entries) == 0 {
		t.Errorf("no metadata files: %v", err)
	}
	p.stop(t)
}

func TestDiesWithParent(t *testing.T) {
	// The shell is the parent; `wait` keeps it from becoming the stack by exec.
	args := append([]string{"-c", `"$0" "$@" & wait`, os.Args[0]}, stackArgs("--ephemeral", "--with-parent")...)
	p := command(t, "sh", args...)
	p.awaitReady(t)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { // the stack holds the pipe open for as long as it lives
		_, err := io.ReadAll(p.stdout)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(p.ready.PID, syscall.SIGKILL)
		t.Fatal("the stack outlived its parent")
	}
}

func checkSecondIsRefused(t *testing.T, data string) {
	t.Helper()
	p := command(t, os.Args[0], stackArgs("--data", data)...)
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitLocked || !strings.Contains(p.stderr.String(), data) {
		t.Errorf("a second stack on the same data: %v, %s", err, p.stderr)
	}
}

func checkUI(t *testing.T, r Ready) {
	t.Helper()
	for _, path := range []string{"/", "/namespaces/default/workflows", "/api/v1/namespaces"} {
		resp, err := http.Get(r.UI + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s (%v)", path, resp.Status, err)
		}
	}
}

func objects(t *testing.T, r Ready) *s3client.Client {
	t.Helper()
	text, err := os.ReadFile(r.CredentialsFile)
	if err != nil {
		t.Fatal(err)
	}
	var c credentials
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return s3Client(r.S3, c)
}

func putObject(ctx context.Context, t *testing.T, r Ready, key, body string) {
	t.Helper()
	_, err := objects(t, r).PutObject(ctx, &s3client.PutObjectInput{Bucket: &r.Bucket, Key: &key, Body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	absent := "*" // what every commit of an artifact relies on
	_, err = objects(t, r).PutObject(ctx, &s3client.PutObjectInput{Bucket: &r.Bucket, Key: &key, Body: strings.NewReader("other"), IfNoneMatch: &absent})
	if err == nil {
		t.Error("If-None-Match: * let an object be overwritten")
	}
}

func getObject(ctx context.Context, t *testing.T, r Ready, key string) string {
	t.Helper()
	out, err := objects(t, r).GetObject(ctx, &s3client.GetObjectInput{Bucket: &r.Bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// startWorkflow leaves a workflow waiting for a worker that never comes.
func startWorkflow(ctx context.Context, t *testing.T, r Ready, id string) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: r.Temporal, Namespace: r.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	attributes := temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword("Sweep").ValueSet("kept"),
		temporal.NewSearchAttributeKeyKeyword("Lang").ValueSet("sw"))
	_, err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "nobody", TypedSearchAttributes: attributes}, "Anything")
	if err != nil {
		t.Fatal(err)
	}
}

func checkWorkflow(ctx context.Context, t *testing.T, r Ready, id string) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: r.Temporal, Namespace: r.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	described, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		t.Fatal(err)
	}
	if status := described.WorkflowExecutionInfo.Status.String(); status != "Running" {
		t.Errorf("workflow is %s", status)
	}
	err = until(ctx, "the list of workflows", func(ctx context.Context) error {
		list, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "Sweep = 'kept' AND Lang = 'sw'"})
		if err == nil && len(list.Executions) != 1 {
			err = errors.New("the workflow is not found by its search attributes")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
