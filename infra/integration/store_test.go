package integration

import (
	"testing"

	"madx/infra/objectstore/storetest"
)

// The embedded S3 gateway keeps the same contract as every store.
func TestGatewayKeepsTheStoresContract(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the development stack: left out by -short")
	}
	storetest.Contract(t, start(t).openStore("contract"))
}
