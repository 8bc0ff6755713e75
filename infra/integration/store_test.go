package integration

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"madx/infra/objectstore"
	"madx/infra/objectstore/storetest"
)

// The embedded S3 gateway keeps the same contract as every store.
func TestGatewayKeepsTheStoresContract(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the development stack: left out by -short")
	}
	s := start(t)
	storetest.Contract(t, s.openStore("contract"))
	t.Run("stale uploads are aborted", func(t *testing.T) { abortsUploads(t, s) })
}

// abortsUploads leaves a part behind as a writer that dies does, and collects it.
func abortsUploads(t *testing.T, s *stack) {
	ctx, o := t.Context(), s.settings
	client := s3.New(s3.Options{BaseEndpoint: &o.Endpoint, Region: o.Region, UsePathStyle: o.PathStyle,
		Credentials: credentials.NewStaticCredentialsProvider(o.AccessKey, o.SecretKey, "")})
	bucket := aws.String(strings.TrimPrefix(o.URI, "s3://"))
	up, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: aws.String("uploads/artifacts/x/y/big")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: up.Key, UploadId: up.UploadId, PartNumber: aws.Int32(1),
		Body: strings.NewReader("part")}); err != nil {
		t.Fatal(err)
	}
	store := s.openStore("uploads")
	if l, err := objectstore.FindLitter(ctx, store, objectstore.GCOptions{Age: time.Hour}); err != nil || len(l) != 0 {
		t.Errorf("it may be under way: %v, %v", l, err)
	}
	litter, err := objectstore.FindLitter(ctx, store, objectstore.GCOptions{Age: -time.Hour})
	if err != nil || len(litter) != 1 || litter[0].Key != "artifacts/x/y/big" {
		t.Fatalf("%v, %v", litter, err)
	}
	if err := objectstore.RemoveLitter(ctx, store, litter, nil); err != nil {
		t.Fatal(err)
	}
	left, err := client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: bucket})
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("%v, %v", left.Uploads, err)
	}
}
