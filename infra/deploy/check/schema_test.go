package check

import (
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	plain "go.yaml.in/yaml/v3"
)

// What the chart renders has no field that Kubernetes does not know, and every value is of the right type.
func TestKubernetesKnowsEveryField(t *testing.T) {
	full := map[string]any{"store": map[string]any{"uri": "s3://b", "credentialsSecret": "keys"}, "temporal": map[string]any{"tlsSecret": "tls"}, "otlpEndpoint": "http://c",
		"train": map[string]any{"nodeSelector": map[string]any{"gpu": "yes"}, "affinity": map[string]any{"nodeAffinity": map[string]any{}}}}
	strict := func(what string, doc, into any) {
		t.Helper()
		text, err := plain.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, into); err != nil {
			t.Errorf("%s: %v\n%s", what, err, text)
		}
	}
	seen := 0
	for _, scaled := range []bool{false, true} {
		full["autoscaling"] = map[string]any{"enabled": scaled}
		for name, doc := range render(t, full) {
			switch doc["kind"] {
			case "Deployment":
				strict(name, doc, &apps.Deployment{})
			case "ServiceAccount":
				strict(name, doc, &core.ServiceAccount{})
			case "ScaledJob": // KEDA's own, around a job of Kubernetes
				strict(name, dig(t, doc, "spec", "jobTargetRef"), &batch.JobSpec{})
			case "TriggerAuthentication":
			default:
				t.Errorf("%s is looked at by nobody", name)
			}
			seen++
		}
	}
	if seen != 3+4 {
		t.Errorf("%d documents were looked at", seen)
	}
}
