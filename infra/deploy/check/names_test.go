package check

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
)

// root is the repository's.
const root = "../../.."

// Every flag and variable that the deployment files give to a worker is one that the program reads: a misspelt one would
// be silently without effect, or end every pod.
func TestWorkersKnowWhatTheyAreGiven(t *testing.T) {
	flags, variables := given(t)
	help, err := exec.Command("go", "-C", root, "run", "./cmd/madx", "worker", "--help").Output()
	if err != nil {
		t.Fatalf("madx worker --help: %v", err)
	}
	known := regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(string(help), -1)
	if len(flags) < 8 || len(variables) < 15 {
		t.Fatalf("too little was found: %q, %q", flags, variables)
	}
	for _, flag := range flags {
		if !slices.Contains(known, flag) {
			t.Errorf("madx worker has no %s", flag)
		}
	}
	read := literals(t)
	for _, name := range variables {
		if of, ok := strings.CutPrefix(name, "MADX_WORKER_"); ok {
			if !slices.Contains(known, "--"+strings.ToLower(strings.ReplaceAll(of, "_", "-"))) {
				t.Errorf("%s stands for no flag of madx worker", name)
			}
			continue
		}
		literal := strings.TrimPrefix(name, "MADX_")            // the program writes its prefix once
		if of, ok := strings.CutPrefix(literal, "STORE_"); ok { // and makes these names of its keys
			literal = strings.ToLower(of)
		}
		if !read[literal] && !read[name] {
			t.Errorf("nothing in the program reads %s", name)
		}
	}
}

// given collects flags and variables of the chart, of the Compose file and of the Slurm script.
func given(t *testing.T) (flags, variables []string) {
	t.Helper()
	fs, vs := map[string]bool{}, map[string]bool{}
	add := func(args []any) {
		for _, a := range args {
			if flag, _, _ := strings.Cut(a.(string), "="); strings.HasPrefix(flag, "--") {
				fs[flag] = true
			}
		}
	}
	full := map[string]any{"store": map[string]any{"uri": "s3://b", "endpoint": "http://s3", "sse": "AES256"}, "payloadKeySecret": "k", "otlpEndpoint": "http://c", "deployment": "madx", "buildId": "v1",
		"temporal": map[string]any{"tlsSecret": "tls", "apiKeySecret": "key"}}
	for _, scaled := range []bool{false, true} {
		full["autoscaling"] = map[string]any{"enabled": scaled}
		for _, doc := range render(t, full) {
			spec, _ := doc["spec"].(map[string]any)
			if job, ok := spec["jobTargetRef"]; ok {
				spec, _ = job.(map[string]any)
			}
			if spec["template"] == nil {
				continue
			}
			container := dig(t, spec, "template", "spec", "containers", "0").(map[string]any)
			add(container["args"].([]any))
			for _, e := range container["env"].([]any) {
				vs[e.(map[string]any)["name"].(string)] = true
			}
		}
	}
	options, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"}, cli.WithEnvFiles("../compose/example.env"), cli.WithDotEnv,
		cli.WithEnv([]string{"POSTGRES_PASSWORD=p", "STORE_ACCESS_KEY=a", "STORE_SECRET_KEY=s"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name := range project.Services["worker"].Environment {
		vs[name] = true
	}
	script, err := os.ReadFile("../slurm/worker.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`"\$madx" worker .*`).FindString(string(script))
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(call, -1) {
		add([]any{flag})
	}
	return slices.Sorted(maps.Keys(fs)), slices.Sorted(maps.Keys(vs))
}

// literals are the texts between quotes in everything that is linked into madx, but for the standard library.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	list, err := exec.Command("go", "list", "-C", root, "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", "./cmd/madx").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	out, quoted := map[string]bool{}, regexp.MustCompile("[\"`]([A-Za-z_]{3,60})[\"`]")
	for dir := range strings.Lines(string(list)) {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(dir), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f, "_test.go") || !bytes.Contains(text, []byte("_")) {
				continue
			}
			for _, m := range quoted.FindAllSubmatch(text, -1) {
				out[string(m[1])] = true
			}
		}
	}
	return out
}

// The autoscaler looks at the queue that trainings wait in, and nothing takes a pod away before its worker has drained.
func TestTheAutoscalerLooksAtTheTrainingsQueue(t *testing.T) {
	docs := render(t, map[string]any{"store": map[string]any{"uri": "s3://b"}, "autoscaling": map[string]any{"enabled": true}, "drainSeconds": 25, "deployment": "madx", "buildId": "v1",
		"temporal": map[string]any{"tlsSecret": "tls", "apiKeySecret": "key"}})
	job := docs["ScaledJob r-madx-train"]
	trigger := dig(t, job, "spec", "triggers", "0")
	queue := dig(t, trigger, "metadata", "taskQueue").(string)
	if !literalIn(t, "activities", queue) && !literalIn(t, "workflows", queue) {
		t.Errorf("no activity waits in the queue %s", queue)
	}
	if kinds := dig(t, trigger, "metadata", "queueTypes"); kinds != "activity" {
		t.Errorf("the backlog is one of %v", kinds)
	}
	if name, version := dig(t, trigger, "metadata", "workerDeploymentName"), dig(t, trigger, "metadata", "workerDeploymentBuildId"); name != "madx" || version != "v1" {
		t.Errorf("the backlog of version %v of %v", version, name)
	}
	auth := dig(t, trigger, "authenticationRef", "name").(string)
	parameters := []string{}
	for _, p := range dig(t, docs["TriggerAuthentication "+auth], "spec", "secretTargetRef").([]any) {
		parameters = append(parameters, p.(map[string]any)["parameter"].(string))
	}
	if !slices.Equal(parameters, []string{"apiKey", "cert", "key", "ca"}) {
		t.Errorf("the autoscaler has %q", parameters)
	}
	pod := dig(t, job, "spec", "jobTargetRef", "template", "spec")
	if args := dig(t, pod, "containers", "0", "args").([]any); !slices.Contains(args, any("--drain=25s")) || dig(t, pod, "terminationGracePeriodSeconds") != 55 {
		t.Errorf("drain and grace: %v, %v", args, dig(t, pod, "terminationGracePeriodSeconds"))
	}
}

func literalIn(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", folder, err)
	}
	return slices.ContainsFunc(files, func(f string) bool {
		b, err := os.ReadFile(f)
		return err == nil && !strings.HasSuffix(f, "_test.go") && bytes.Contains(b, []byte(`"`+text+`"`))
	})
}
