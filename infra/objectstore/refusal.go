package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// renewable reads credentials from where AWS's chain finds them, and reads them there again when they end or the store
// has refused them: a file that something rewrites, a process, a role.
func renewable(load []func(*config.LoadOptions) error) *aws.CredentialsCache {
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		cfg, err := config.LoadDefaultConfig(ctx, load...)
		if err != nil {
			return aws.Credentials{}, err
		}
		return cfg.Credentials.Retrieve(ctx)
	}))
}

// signer signs requests. The SDK's own keeps what it derives from a secret for a day under the name of the key: a secret
// that was mistyped and corrected would stay wrong as long.
type signer struct {
	mu     sync.Mutex
	secret string
	of     *v4.Signer
}

// SignHTTP implements s3.HTTPSignerV4.
func (s *signer) SignHTTP(ctx context.Context, keys aws.Credentials, r *http.Request, hash, service, region string, at time.Time, opts ...func(*v4.SignerOptions)) error {
	s.mu.Lock()
	if s.of == nil || s.secret != keys.SecretAccessKey {
		s.secret = keys.SecretAccessKey
		s.of = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }) // as S3 wants it
	}
	of := s.of
	s.mu.Unlock()
	return of.SignHTTP(ctx, keys, r, hash, service, region, at, opts...)
}

// explain turns S3's error codes into ours, says what to do, and tells what will pass.
func (s *S3) explain(what, key string, err error) error {
	uri := s.URI(key)
	var api smithy.APIError
	if !errors.As(err, &api) {
		err = fmt.Errorf("%s %s: %w", what, uri, err)
		var local *fs.PathError // the file that is sent
		if errors.Is(err, context.Canceled) || errors.As(err, &local) {
			return err
		}
		return away{err}
	}
	switch api.ErrorCode() {
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%s: %w", uri, ErrNotFound)
	case "PreconditionFailed", "ConditionalRequestConflict":
		return fmt.Errorf("%s: %w", uri, ErrExists)
	case "NoSuchBucket":
		return away{fmt.Errorf("%s %s: bucket %q does not exist: create it or correct store.uri: %w", what, uri, s.opt.Bucket, err)}
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "ExpiredTokenException", "AccessDenied", "Forbidden":
		s.keys.Invalidate()
		return away{fmt.Errorf("%s %s: the store refuses these credentials: renew them, or grant them this bucket: %w", what, uri, err)}
	case "RequestTimeTooSkewed":
		return away{fmt.Errorf("%s %s: this machine's clock and the store's are too far apart: set the clock: %w", what, uri, err)}
	}
	err = fmt.Errorf("%s %s: %w", what, uri, err)
	var answer *awshttp.ResponseError
	if api.ErrorCode() == "SlowDown" || errors.As(err, &answer) &&
		(answer.HTTPStatusCode() >= 500 || answer.HTTPStatusCode() == http.StatusTooManyRequests || answer.HTTPStatusCode() == http.StatusRequestTimeout) {
		return away{err}
	}
	return err
}
