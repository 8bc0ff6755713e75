package activities

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"madx/trainer/spec"
)

// Key returns the digest that names an artifact: SHA-256 over the stage, the code's format version and everything that
// determines the content, as canonical JSON (struct fields in order, map keys sorted). What changes only how fast the
// result comes (threads, micro-batch, device, checkpoint interval) must not be among the inputs.
func Key(stage string, inputs any) (string, error) {
	body, err := json.Marshal(struct {
		Stage  string `json:"stage"`
		Format int    `json:"format"`
		Inputs any    `json:"inputs"`
	}{stage, spec.FormatVersion, inputs})
	if err != nil {
		return "", fmt.Errorf("key of %s: %w", stage, err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// ArtifactPrefix is where the store keeps the artifact of a stage with a key.
func ArtifactPrefix(stage, key string) string { return "artifacts/" + stage + "/" + key }

// identity strips from a recipe what does not change its result.
func identity(t spec.Train) spec.Train {
	t.MicroBatch, t.CheckpointEvery, t.KeepCheckpoints, t.LogEvery = 0, 0, 0, 0
	return t
}
