package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPause is between two looks at a lock that another training holds.
const lockPause = 500 * time.Millisecond

// lock makes this the only attempt at its key on this machine: two sweeps may want the same adapter at the same time,
// and an attempt that was declared dead may still be ending. It waits for the other one; waited tells that it did. The
// kernel releases the lock of a process that dies.
func (t *training) lock(ctx context.Context) (unlock func(), waited bool, err error) {
	path := filepath.Join(t.a.Scratch, t.stage+"-"+t.key[:16]+".lock")
	for {
		f, err := tryLock(path)
		if err != nil {
			return nil, waited, fmt.Errorf("lock %s: %w", path, err)
		}
		if f != nil {
			return func() { letGo(f) }, waited, nil
		}
		waited = true
		t.beat.update(func(p *Progress) { p.Message = "the same training runs on this machine: waiting for it" })
		select {
		case <-ctx.Done():
			return nil, waited, context.Cause(ctx)
		case <-time.After(lockPause):
		}
	}
}

// letGo releases what tryLock returned.
func letGo(f *os.File) {
	_ = os.Remove(f.Name()) // while it is held: whoever opened it before sees that it is gone
	_ = f.Close()           // releases
}

// tryLock returns nil when somebody else holds the lock.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, err
	}
	mine, err := f.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = os.Stat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
	}
	f.Close() // it was removed by its last holder: another look makes a new one
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return nil, nil
}
