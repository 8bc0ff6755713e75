package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"golang.org/x/sys/unix"
)

// sidecarName must not begin with "s3": the gateway compares paths as strings and
// would take it to lie inside its folder.
const sidecarName = "object-metadata"

// startS3 serves DATA/s3 over the S3 protocol. It changes the working directory
// of the process (the gateway's way of staying inside its folder).
func startS3(opt options, creds credentials, failed chan<- error) (part, error) {
	root := filepath.Join(opt.data, "s3")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return part{}, fmt.Errorf("make the S3 folder: %w", err)
	}
	store, sidecar, err := metadataStore(root, filepath.Join(opt.data, sidecarName))
	if err != nil {
		return part{}, err
	}
	backend, err := posix.New(root, store, posix.PosixOpts{
		SideCarDir:          sidecar,
		CopyObjectThreshold: 5 << 30, // S3's own limit; zero would refuse every copy
	})
	if err != nil {
		return part{}, fmt.Errorf("open the S3 folder %s: %w", root, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess:    creds.AccessKeyID,
			RootUserSecret:    creds.SecretAccessKey,
			Region:            creds.Region,
			Ports:             []string{net.JoinHostPort(opt.ip, strconv.Itoa(opt.ports.s3))},
			MaxConnections:    4096,
			MaxRequests:       1024,
			MultipartMaxParts: 10000, // S3's own limit
			KeepAlive:         true,
			Quiet:             true,
		})
		if ctx.Err() == nil {
			failed <- fmt.Errorf("the S3 gateway ended: %w", err)
		}
	}()
	return part{name: "S3 gateway", stop: func() { cancel(); <-ended }}, nil
}

// metadataStore keeps object metadata in extended attributes, or in files under
// sidecar where the file system has none. A folder that began with files stays
// with them, wherever it is moved.
func metadataStore(root, sidecar string) (meta.MetadataStorer, string, error) {
	_, err := os.Stat(sidecar)
	if errors.Is(err, os.ErrNotExist) {
		// Reading may work where writing does not, so try a write.
		err = unix.Setxattr(root, "user.madx-probe", []byte("1"), 0)
		if err == nil {
			return meta.XattrMeta{}, "", nil
		}
		if !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.EPERM) {
			return nil, "", fmt.Errorf("try extended attributes on %s: %w", root, err)
		}
		err = os.Mkdir(sidecar, 0o700)
	}
	if err != nil {
		return nil, "", fmt.Errorf("make the S3 metadata folder: %w", err)
	}
	store, err := meta.NewSideCar(sidecar)
	if err != nil {
		return nil, "", fmt.Errorf("open the S3 metadata folder %s: %w", sidecar, err)
	}
	return store, sidecar, nil
}
