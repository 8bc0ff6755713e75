package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// until calls check every 100 ms until it succeeds or ctx ends.
func until(ctx context.Context, what string, check func(context.Context) error) error {
	for {
		tryCtx, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := check(tryCtx)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// waitTemporal waits for the frontend and the namespace, and registers the
// search attributes that the profile has gained since the namespace was made.
func waitTemporal(ctx context.Context, r Ready, attributes map[string]enumspb.IndexedValueType) error {
	conn, err := grpc.NewClient(r.Temporal, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	defer conn.Close()
	return until(ctx, "Temporal at "+r.Temporal, func(ctx context.Context) error {
		health, err := grpc_health_v1.NewHealthClient(conn).Check(ctx,
			&grpc_health_v1.HealthCheckRequest{Service: workflowservice.WorkflowService_ServiceDesc.ServiceName})
		if err != nil {
			return err
		}
		if health.Status != grpc_health_v1.HealthCheckResponse_SERVING {
			return fmt.Errorf("its health is %s", health.Status)
		}
		if _, err := workflowservice.NewWorkflowServiceClient(conn).DescribeNamespace(ctx,
			&workflowservice.DescribeNamespaceRequest{Namespace: r.Namespace}); err != nil {
			return err
		}
		return addSearchAttributes(ctx, operatorservice.NewOperatorServiceClient(conn), r.Namespace, attributes)
	})
}

func addSearchAttributes(ctx context.Context, operator operatorservice.OperatorServiceClient, namespace string, want map[string]enumspb.IndexedValueType) error {
	have, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return err
	}
	missing := make(map[string]enumspb.IndexedValueType)
	for name, typ := range want {
		if have.CustomAttributes[name] != typ {
			missing[name] = typ
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing}); err != nil {
		return err
	}
	return fmt.Errorf("%d search attributes are being added", len(missing))
}

// waitUI polls the page and, through it, Temporal: the page comes up first.
func waitUI(ctx context.Context, r Ready) error {
	return until(ctx, "the Web UI at "+r.UI, func(ctx context.Context) error {
		for _, path := range []string{"/", "/api/v1/namespaces/" + r.Namespace} {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.UI+path, nil)
			if err != nil {
				return err
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			if err = errors.Join(err, resp.Body.Close()); err != nil {
				return err
			}
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("GET %s gives %s", path, resp.Status)
			}
		}
		return nil
	})
}

// waitBucket waits for the gateway and makes the bucket the first time.
func waitBucket(ctx context.Context, r Ready, c credentials) error {
	client := s3Client(r.S3, c)
	return until(ctx, "S3 at "+r.S3, func(ctx context.Context) error {
		_, err := client.HeadBucket(ctx, &s3client.HeadBucketInput{Bucket: &r.Bucket})
		var missing *s3types.NotFound
		if !errors.As(err, &missing) {
			return err
		}
		if _, err := client.CreateBucket(ctx, &s3client.CreateBucketInput{Bucket: &r.Bucket}); err != nil {
			return err
		}
		return errors.New("the bucket is being created")
	})
}

func s3Client(url string, c credentials) *s3client.Client {
	return s3client.New(s3client.Options{
		BaseEndpoint: &url,
		Region:       c.Region,
		UsePathStyle: true,
		Retryer:      aws.NopRetryer{}, // until is the retry
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey}, nil
		}),
	})
}
