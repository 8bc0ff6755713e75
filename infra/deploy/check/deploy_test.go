// Package check renders what infra/deploy ships, with the libraries of the tools that will read it: Helm's for the
// chart, Compose's for the stack. It is a module of its own, so that their many dependencies stay out of madx.
package check

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

const chartDir = "../helm/madx-worker"

// render returns the chart's documents by "Kind name".
func render(t *testing.T, values map[string]any) map[string]map[string]any {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	full, err := chartutil.ToRenderValues(chart, values, chartutil.ReleaseOptions{Name: "r", Namespace: "n"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(chart, full)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for name, text := range files {
		if strings.HasSuffix(name, "NOTES.txt") || strings.TrimSpace(text) == "" {
			continue
		}
		var doc map[string]any
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		out[doc["kind"].(string)+" "+dig(t, doc, "metadata", "name").(string)] = doc
	}
	return out
}

// dig walks maps and, by "0", lists.
func dig(t *testing.T, v any, path ...string) any {
	t.Helper()
	for i, key := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			v = at[0]
		default:
			t.Fatalf("nothing at %s", strings.Join(path[:i+1], "."))
		}
	}
	return v
}

func TestChartIsLintFree(t *testing.T) {
	result := lint.AllWithKubeVersion(chartDir, map[string]any{"store": map[string]any{"uri": "s3://b"}}, "n", nil)
	for _, m := range result.Messages {
		if m.Severity > support.InfoSev {
			t.Error(m)
		}
	}
}

func TestChartRenders(t *testing.T) {
	store := map[string]any{"uri": "s3://b/p", "credentialsSecret": "keys", "endpoint": "http://s3:9000"}
	for _, c := range []struct {
		name   string
		values map[string]any
		want   []string
	}{
		{"fixed number", map[string]any{"store": store}, []string{"Deployment r-madx-data", "Deployment r-madx-train", "ServiceAccount r-madx"}},
		{"autoscaled", map[string]any{"store": store, "autoscaling": map[string]any{"enabled": true}},
			[]string{"Deployment r-madx-data", "ScaledJob r-madx-train", "ServiceAccount r-madx"}},
		{"autoscaled, mTLS and API key, versions", map[string]any{"store": store, "autoscaling": map[string]any{"enabled": true}, "deployment": "madx", "buildId": "v1",
			"temporal": map[string]any{"tlsSecret": "tls", "apiKeySecret": "key"}},
			[]string{"Deployment r-madx-data", "ScaledJob r-madx-train", "ServiceAccount r-madx", "TriggerAuthentication r-madx-temporal"}},
		{"mTLS and API key", map[string]any{"store": store, "temporal": map[string]any{"tlsSecret": "tls", "apiKeySecret": "key"}, "serviceAccount": map[string]any{"create": false}},
			[]string{"Deployment r-madx-data", "Deployment r-madx-train"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := render(t, c.values)
			if got := slices.Sorted(maps.Keys(docs)); !slices.Equal(got, c.want) {
				t.Fatalf("documents %q, want %q", got, c.want)
			}
			train := []string{"spec", "template", "spec"}
			doc := docs["Deployment r-madx-train"]
			if doc == nil {
				doc, train = docs["ScaledJob r-madx-train"], append([]string{"spec", "jobTargetRef"}, train[1:]...)
			}
			pod := dig(t, doc, train...)
			if grace := dig(t, pod, "terminationGracePeriodSeconds"); grace != 90 {
				t.Errorf("grace of %v s: a checkpoint needs the drain's 60 and 30 for the upload to end", grace)
			}
			if gpu := dig(t, pod, "containers", "0", "resources", "limits", "nvidia.com/gpu"); gpu != "1" {
				t.Errorf("GPU limit is %v", gpu)
			}
			if port := dig(t, pod, "containers", "0", "ports", "0", "containerPort"); port != 9090 {
				t.Errorf("metrics on port %v", port)
			}
			for probe, path := range map[string]string{"livenessProbe": "/healthz", "readinessProbe": "/readyz"} {
				if got := dig(t, pod, "containers", "0", probe, "httpGet", "path"); got != path {
					t.Errorf("%s asks %v", probe, got)
				}
			}
			args := dig(t, pod, "containers", "0", "args").([]any)
			if !slices.Contains(args, any("--metrics-addr=:9090")) {
				t.Errorf("nothing answers the probes: %v", args)
			}
			if !slices.Contains(args, any("--no-data")) || slices.Contains(args, any("--idle-exit=10m")) != strings.HasPrefix(c.name, "autoscaled") {
				t.Errorf("arguments %v", args)
			}
		})
	}
}

// Everything beside the work itself is a value: encryption, traces, versions.
func TestChartPassesOnWhatWorkersTake(t *testing.T) {
	docs := render(t, map[string]any{"store": map[string]any{"uri": "s3://b"}, "payloadKeySecret": "k", "otlpEndpoint": "http://c:4318", "deployment": "madx"})
	for _, name := range []string{"Deployment r-madx-data", "Deployment r-madx-train"} {
		container := dig(t, docs[name], "spec", "template", "spec", "containers", "0")
		if args := dig(t, container, "args").([]any); !slices.Contains(args, any("--deployment=madx")) {
			t.Errorf("%s: arguments %v", name, args)
		}
		text, err := yaml.Marshal(dig(t, container, "env"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"MADX_PAYLOAD_KEY", "key: payload-key", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in its environment", name, want)
			}
		}
	}
}

func TestChartNeedsAStore(t *testing.T) {
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	values, err := chartutil.ToRenderValues(chart, nil, chartutil.ReleaseOptions{Name: "r"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Render(chart, values); err == nil || !strings.Contains(err.Error(), "store.uri: the bucket") {
		t.Fatalf("error %v, want one that says what to set", err)
	}
}

func TestComposeFileLoads(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithEnvFiles("../compose/example.env"), cli.WithDotEnv,
		cli.WithEnv([]string{"POSTGRES_PASSWORD=p", "STORE_ACCESS_KEY=a", "STORE_SECRET_KEY=s"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name, service := range project.Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s listens on %q: only this machine may reach a stack without TLS", name, port.HostIP)
			}
		}
		for _, v := range service.Volumes {
			if v.Type == "bind" {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if service.Build != nil {
			if _, err := os.Stat(filepath.Join(service.Build.Context, service.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if strings.HasSuffix(service.Image, ":") {
			t.Errorf("%s: image %q has no version", name, service.Image)
		}
	}
}

func TestComposeFileNeedsSecrets(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithEnvFiles("../compose/example.env"), cli.WithDotEnv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := options.LoadProject(context.Background()); err == nil || !strings.Contains(err.Error(), "POSTGRES_PASSWORD") {
		t.Fatalf("error %v, want one that names the missing secret", err)
	}
}

func TestTemporalValuesAreYAML(t *testing.T) {
	text, err := os.ReadFile("../helm/temporal-values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	if db := dig(t, values, "server", "config", "persistence", "datastores", "visibility", "sql", "databaseName"); db != "temporal_visibility" {
		t.Errorf("visibility is in %v", db)
	}
}

func TestScriptsParse(t *testing.T) {
	for shell, files := range map[string][]string{
		"bash": {"../slurm/worker.sbatch"},
		"sh":   {"../compose/temporal-schema.sh", "../compose/temporal-namespace.sh"},
	} {
		for _, f := range files {
			if out, err := exec.Command(shell, "-n", f).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", f, err, out)
			}
		}
	}
}
