package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	startTimeout = 90 * time.Second // a cold disk and two busy cores; warm it is 2 s
	stopTimeout  = 15 * time.Second
)

// part is one of the servers. A part that ends by itself reports on its channel.
type part struct {
	name string
	stop func()
}

// run starts the parts in the order of their needs, announces them, and stops
// them in reverse when a signal comes or one of them fails.
func run(opt options) (err error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if opt.withParent {
		if err := dieWithParent(); err != nil {
			return err
		}
	}
	if opt.ephemeral {
		if opt.data, err = os.MkdirTemp("", "madx-devstack-"); err != nil {
			return fmt.Errorf("make the temporary data folder: %w", err)
		}
		defer os.RemoveAll(opt.data)
	}
	lock, err := lockData(opt.data)
	if err != nil {
		return err
	}
	defer lock.Close()
	announce, err := newAnnouncer(opt.data, opt.readyFile)
	if err != nil {
		return err
	}
	defer announce.withdraw()
	if err := redirectLogs(opt.data); err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	failed := make(chan error, 3)
	var parts []part
	defer func() { stopAll(parts, signals) }()

	started := make(chan error, 1)
	var ready Ready
	go func() {
		var e error
		ready, e = startAll(ctx, opt, failed, &parts)
		started <- e
	}()
	select {
	case err = <-started:
	case err = <-failed:
		cancel()
		<-started
	case <-signals:
		cancel()
		<-started
		return nil
	}
	if err != nil {
		return err
	}
	if err := announce.publish(ready); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	case <-signals:
		return nil
	}
}

// startAll brings everything up and returns once each part answers. It appends
// to parts as it goes, so that a failure half-way still stops what runs.
func startAll(ctx context.Context, opt options, failed chan<- error, parts *[]part) (Ready, error) {
	prof, err := loadProfile(&opt)
	if err != nil {
		return Ready{}, err
	}
	creds, err := loadCredentials(opt.data)
	if err != nil {
		return Ready{}, err
	}
	ready := Ready{
		Temporal:        dialAddress(opt.ip, opt.ports.temporal),
		UI:              "http://" + dialAddress(opt.ip, opt.ports.ui),
		S3:              "http://" + dialAddress(opt.ip, opt.ports.s3),
		Region:          creds.Region,
		Bucket:          prof.madx.Bucket,
		Namespace:       prof.madx.Namespace,
		CredentialsFile: credentialsPath(opt.data),
		Data:            opt.data,
		PID:             os.Getpid(),
	}
	var waits []error
	if opt.parts != "temporal" {
		s3, err := startS3(opt, creds, failed)
		if err != nil {
			return Ready{}, err
		}
		*parts = append(*parts, s3)
	}
	if opt.parts != "s3" {
		temporal, err := startTemporal(opt, prof)
		if err != nil {
			return Ready{}, err
		}
		*parts = append(*parts, temporal)
	}
	if opt.parts == "all" {
		*parts = append(*parts, startUI(opt, prof, failed))
		waits = append(waits, waitUI(ctx, ready))
	}
	if opt.parts != "s3" {
		waits = append(waits, waitTemporal(ctx, ready, prof.searchAttributes))
	}
	if opt.parts != "temporal" {
		waits = append(waits, waitBucket(ctx, ready, creds))
	}
	return ready, errors.Join(waits...)
}

// stopAll stops the parts in reverse. Impatience (a second signal) or a part
// that hangs ends the process: every file is safe against that.
func stopAll(parts []part, signals <-chan os.Signal) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := len(parts) - 1; i >= 0; i-- {
			parts[i].stop()
		}
	}()
	select {
	case <-done:
	case <-signals:
	case <-time.After(stopTimeout):
	}
}
