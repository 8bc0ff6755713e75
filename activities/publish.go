package activities

import (
	"bytes"
	"context"

	"madx/infra/objectstore"
)

// PublishInput is a sweep's outcome as a document. It is written again each time the sweep runs: results under a
// sweep's name are a view, the artifacts it refers to are what is immutable.
type PublishInput struct {
	Sweep    string `json:"sweep"` // or sweep/stage/name, for a stage that was started alone
	Document Packed `json:"document"`
}

// Publish stores the document under the sweep's name and returns its URI.
func (a *Activities) Publish(ctx context.Context, in PublishInput) (string, error) {
	body, err := in.Document.JSON()
	if err != nil {
		return "", classify(badInput("results of %s: %w", in.Sweep, err))
	}
	key := "sweeps/" + in.Sweep + "/results.json"
	err = a.Store.Put(ctx, key, bytes.NewReader(body), int64(len(body)), objectstore.PutOptions{})
	return a.Store.URI(key), classify(err)
}
