package objectstore

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// S3Options says where the bucket is and how to reach it. Credentials come from AWS's own chain (environment, profile,
// instance role) unless given here.
type S3Options struct {
	Bucket    string // taken from the URI by Open
	Prefix    string // likewise
	Endpoint  string // empty: AWS itself
	Region    string // empty: the environment's, else us-east-1
	PathStyle bool   // needed by most stores other than AWS
	AccessKey string
	SecretKey string
	// ChecksumsWhenRequired turns off the SDK's default checksums, which some S3-compatible stores refuse.
	ChecksumsWhenRequired bool
	// SSE is the server-side encryption asked for: "", "AES256" or "aws:kms".
	SSE string
	// Patience is how long the store may say nothing within a request before that is given up and tried again; 0 means
	// defaultPatience. Without a limit one lost packet would hold a training's hand-over for ever.
	Patience time.Duration
}

const defaultPatience = 60 * time.Second

// multipartFrom is the size in bytes from which a body is sent in parallel parts.
const multipartFrom = 32 << 20

// abortPatience is how long the parts of a broken upload may take to be given up, also when its context has ended.
const abortPatience = 10 * time.Second

// S3 is a Store over one prefix of one bucket.
type S3 struct {
	client *s3.Client
	upload *transfermanager.Client
	keys   *aws.CredentialsCache
	opt    S3Options
}

// OpenS3 makes a client; it does not talk to the store yet.
func OpenS3(ctx context.Context, opt S3Options) (*S3, error) {
	if opt.Patience == 0 {
		opt.Patience = defaultPatience
	}
	load := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = opt.Patience
		})),
	}
	if opt.Region != "" {
		load = append(load, config.WithRegion(opt.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("read AWS settings: %w", err)
	}
	keys := renewable(load)
	if opt.AccessKey != "" {
		keys = aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(opt.AccessKey, opt.SecretKey, ""))
	}
	cfg.Credentials = keys
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = opt.PathStyle
		o.HTTPSignerV4 = &signer{}
		o.DisableLogOutputChecksumValidationSkipped = true // a line for every object without one, on standard error
		if opt.Endpoint != "" {
			o.BaseEndpoint = aws.String(opt.Endpoint)
		}
		if opt.ChecksumsWhenRequired {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
	})
	upload := transfermanager.New(client, func(o *transfermanager.Options) {
		o.FailTimeout = abortPatience
		if opt.ChecksumsWhenRequired {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
	})
	return &S3{client: client, upload: upload, keys: keys, opt: opt}, nil
}

func (s *S3) full(key string) string {
	if s.opt.Prefix == "" {
		return key
	}
	return s.opt.Prefix + "/" + key
}

// URI implements Store.
func (s *S3) URI(key string) string { return "s3://" + s.opt.Bucket + "/" + s.full(key) }

// Get implements Store.
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	return s.get(ctx, key, nil)
}

// GetRange implements Store.
func (s *S3) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	return s.get(ctx, key, aws.String(fmt.Sprintf("bytes=%d-%d", from, from+n-1)))
}

func (s *S3) get(ctx context.Context, key string, part *string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key)), Range: part})
	if err != nil {
		cancel(nil)
		var api smithy.APIError
		if errors.As(err, &api) && api.ErrorCode() == "InvalidRange" {
			return http.NoBody, nil
		}
		return nil, s.explain("get", key, err)
	}
	return newPatientBody(ctx, out.Body, s.opt.Patience, cancel), nil
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt PutOptions) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if size >= multipartFrom {
		return s.putLarge(ctx, key, body, opt)
	}
	in := &s3.PutObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key)), Body: body, ContentLength: &size,
		ServerSideEncryption: types.ServerSideEncryption(s.opt.SSE), Metadata: digestMetadata(opt)}
	if sum, err := hex.DecodeString(opt.SHA256); err == nil && len(sum) > 0 && !s.opt.ChecksumsWhenRequired {
		in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(sum))
	}
	if opt.IfAbsent {
		in.IfNoneMatch = aws.String("*")
	}
	if _, err := s.client.PutObject(ctx, in); err != nil {
		return s.explain("put", key, err)
	}
	return nil
}

func (s *S3) putLarge(ctx context.Context, key string, body io.Reader, opt PutOptions) error {
	in := &transfermanager.UploadObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key)), Body: body,
		ServerSideEncryption: tmtypes.ServerSideEncryption(s.opt.SSE), Metadata: digestMetadata(opt)}
	if !s.opt.ChecksumsWhenRequired {
		// The default composite checksum is never verified on a full read; this one is.
		in.ChecksumAlgorithm, in.ChecksumType = tmtypes.ChecksumAlgorithmCrc32, tmtypes.ChecksumTypeFullObject
	}
	if opt.IfAbsent {
		in.IfNoneMatch = aws.String("*")
	}
	if _, err := s.upload.UploadObject(ctx, in); err != nil {
		return s.explain("put", key, err)
	}
	return nil
}

// digestKey is where an object's own metadata tell the digest of its bytes: the store has none for those that came in
// parts.
const digestKey = "madx-sha256"

func digestMetadata(opt PutOptions) map[string]string {
	if opt.SHA256 == "" {
		return nil
	}
	return map[string]string{digestKey: opt.SHA256}
}

// SHA256 implements Store.
func (s *S3) SHA256(ctx context.Context, key string) (string, error) {
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key))})
	if err != nil {
		return "", s.explain("head", key, err)
	}
	return out.Metadata[digestKey], nil
}

// Head implements Store.
func (s *S3) Head(ctx context.Context, key string) (int64, error) {
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key))})
	if err != nil {
		return 0, s.explain("head", key, err)
	}
	return aws.ToInt64(out.ContentLength), nil
}

// List implements Store.
func (s *S3) List(ctx context.Context, prefix string) ([]Object, error) {
	var out []Object
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{
		Bucket: &s.opt.Bucket, Prefix: aws.String(s.full(prefix))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.explain("list", prefix, err)
		}
		for _, o := range page.Contents {
			key := strings.TrimPrefix(aws.ToString(o.Key), s.full(""))
			out = append(out, Object{Key: key, Size: aws.ToInt64(o.Size), Modified: aws.ToTime(o.LastModified)})
		}
	}
	return out, nil
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(key))})
	if err != nil {
		return s.explain("delete", key, err)
	}
	return nil
}
