package objectstore_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"madx/infra/objectstore"
	"madx/infra/objectstore/storetest"
)

func TestDir(t *testing.T) {
	s, err := objectstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Contract(t, s)
}

// fromEnvironment opens the S3 that the environment names, under a new prefix; nil without. The test of the whole stack
// runs the contract over the embedded gateway.
func fromEnvironment(t testing.TB) objectstore.Store {
	t.Helper()
	uri := os.Getenv("MADX_TEST_S3_URI")
	if uri == "" {
		return nil
	}
	s, err := objectstore.Open(t.Context(), fmt.Sprintf("%s/contract-%d", uri, time.Now().UnixNano()), objectstore.S3Options{
		Endpoint: os.Getenv("MADX_TEST_S3_ENDPOINT"), Region: os.Getenv("MADX_TEST_S3_REGION"),
		PathStyle: os.Getenv("MADX_TEST_S3_ENDPOINT") != ""})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3(t *testing.T) {
	s := fromEnvironment(t)
	if s == nil {
		t.Skip("MADX_TEST_S3_URI is not set (s3://bucket/prefix; with MADX_TEST_S3_ENDPOINT, _REGION and AWS's own variables for keys)")
	}
	storetest.Contract(t, s)
}

func TestOpenRefusesWhatItCannotRead(t *testing.T) {
	for _, uri := range []string{"ftp://x/y", "s3:///prefix", "::"} {
		if _, err := objectstore.Open(context.Background(), uri, objectstore.S3Options{}); err == nil {
			t.Errorf("%q was opened", uri)
		}
	}
}
