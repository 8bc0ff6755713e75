package objectstore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// unfinished implements uploads: the parts of uploads whose writer died cost money until they are aborted, and not every
// S3 has lifecycle rules for that.
func (s *S3) unfinished(ctx context.Context, before time.Time) ([]Litter, error) {
	var out []Litter
	pages := s3.NewListMultipartUploadsPaginator(s.client, &s3.ListMultipartUploadsInput{Bucket: &s.opt.Bucket, Prefix: aws.String(s.full(""))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.explain("list uploads below", "", err)
		}
		for _, u := range page.Uploads {
			if aws.ToTime(u.Initiated).Before(before) {
				out = append(out, Litter{Key: strings.TrimPrefix(aws.ToString(u.Key), s.full("")), Why: whyUpload, Upload: aws.ToString(u.UploadId)})
			}
		}
	}
	return out, nil
}

func (s *S3) abort(ctx context.Context, l Litter) error {
	_, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.opt.Bucket, Key: aws.String(s.full(l.Key)), UploadId: &l.Upload})
	if err != nil {
		return s.explain("abort the upload of", l.Key, err)
	}
	return nil
}

// unfinished implements uploads: the temporary files of writers that died.
func (d *Dir) unfinished(_ context.Context, before time.Time) ([]Litter, error) {
	entries, err := os.ReadDir(filepath.Join(d.root, tmpDir))
	if err != nil {
		return nil, err
	}
	var out []Litter
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && fi.ModTime().Before(before) {
			out = append(out, Litter{Key: tmpDir + "/" + e.Name(), Bytes: fi.Size(), Why: whyUpload, Upload: e.Name()})
		}
	}
	return out, nil
}

func (d *Dir) abort(_ context.Context, l Litter) error {
	return os.Remove(filepath.Join(d.root, tmpDir, filepath.Base(l.Upload)))
}
