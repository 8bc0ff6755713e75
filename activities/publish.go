package activities

import (
	"bytes"
	"context"
	"encoding/json"

	"madx/infra/objectstore"
)

// PublishInput is a sweep's outcome as a document. It is written again each time the sweep runs: results under a
// sweep's name are a view, the artifacts it refers to are what is immutable.
type PublishInput struct {
	Sweep    string          `json:"sweep"`
	Document json.RawMessage `json:"document"`
}

// Publish stores the document under the sweep's name and returns its URI.
func (a *Activities) Publish(ctx context.Context, in PublishInput) (string, error) {
	key := "sweeps/" + in.Sweep + "/results.json"
	err := a.Store.Put(ctx, key, bytes.NewReader(in.Document), int64(len(in.Document)), objectstore.PutOptions{})
	return a.Store.URI(key), classify(err)
}
