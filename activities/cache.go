package activities

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"madx/infra/objectstore"
)

// Cache keeps fetched folders on local disk under their manifest's digest, so that a base model crosses the network
// once a machine. Content is checked when it is fetched; a folder that is there is whole, since it got its name last.
type Cache struct {
	Dir      string
	MaxBytes int64 // 0 means no bound; the least recently used folders go first
	mu       sync.Mutex
	busy     map[string]int // digest → users; those are never evicted
}

// Hold makes the folder of ref available and returns its path with a function that releases it for eviction.
func (c *Cache) Hold(ctx context.Context, s objectstore.Store, ref Ref) (string, func(), error) {
	if len(ref.Digest) != 64 {
		return "", nil, badInput("reference %q: digest %q is not a SHA-256", ref.URI, ref.Digest)
	}
	c.mu.Lock()
	if c.busy == nil {
		c.busy = map[string]int{}
	}
	c.busy[ref.Digest]++
	c.mu.Unlock()
	release := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.busy[ref.Digest]--; c.busy[ref.Digest] == 0 {
			delete(c.busy, ref.Digest)
		}
	}
	path := filepath.Join(c.Dir, ref.Digest)
	if err := c.fetch(ctx, s, ref, path); err != nil {
		release()
		return "", nil, err
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // for the order of eviction only
	return path, release, c.evict()
}

// fetch makes the folder, or waits while another process or activity of this machine does. A fetch that was broken off,
// with its worker or by the network, is gone on with.
func (c *Cache) fetch(ctx context.Context, s objectstore.Store, ref Ref, path string) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	partial := filepath.Join(c.Dir, partialPrefix+ref.Digest)
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		lock, err := tryLock(partial + lockSuffix)
		if err != nil {
			return fmt.Errorf("lock the cache: %w", err)
		}
		if lock != nil {
			defer letGo(lock)
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockPause):
		}
	}
	if _, err := os.Stat(path); err == nil {
		return nil // it was made between the look and the lock
	}
	if _, err := objectstore.FetchOn(ctx, s, ref, partial, path); err != nil {
		return fmt.Errorf("fetch %s: %w", ref.URI, err)
	}
	return nil
}

// partialPrefix is before the digest in the name of a folder that is being fetched; lockSuffix behind it in that of its lock.
const partialPrefix, lockSuffix = ".fetch-", ".lock"

// free removes a folder from the cache, unless it is being fetched just now.
func (c *Cache) free(name string) (bool, error) {
	if strings.HasPrefix(name, partialPrefix) {
		lock, err := tryLock(filepath.Join(c.Dir, name+lockSuffix))
		if err != nil || lock == nil {
			return false, err
		}
		defer letGo(lock)
	}
	return true, os.RemoveAll(filepath.Join(c.Dir, name))
}

// evict removes the least recently used folders, and what fetches that were broken off have left, until the cache fits
// its bound.
func (c *Cache) evict() error {
	if c.MaxBytes == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	type held struct {
		name string
		used time.Time
		size int64
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return err
	}
	var total int64
	var all []held
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || len(e.Name()) != 64 && !strings.HasPrefix(e.Name(), partialPrefix) {
			continue
		}
		size := dirSize(filepath.Join(c.Dir, e.Name()))
		total += size
		all = append(all, held{e.Name(), info.ModTime(), size})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].used.Before(all[j].used) })
	for _, h := range all {
		if total <= c.MaxBytes {
			break
		}
		if c.busy[h.name] > 0 {
			continue
		}
		gone, err := c.free(h.name)
		if err != nil {
			return fmt.Errorf("evict from cache: %w", err)
		}
		if gone {
			total -= h.size
		}
	}
	return nil
}

func dirSize(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
