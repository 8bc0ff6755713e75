package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Download brings the snapshot's files into o.Dir and returns their paths in order. Files that are there already are
// verified and kept; *.part files of an earlier run are continued. On an error nothing unverified has a final name.
func Download(ctx context.Context, o Options, s Snapshot) ([]string, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the download folder: %w", err)
	}
	paths := make([]string, len(s.Files))
	for i, f := range s.Files {
		// A snapshot may come from a manifest, so it is checked again before its names become paths.
		if _, ok := partOf(s.Wiki, s.Date, f.Name); !ok {
			return nil, fmt.Errorf("%q is not the name of a part of %s %s", f.Name, s.Wiki, s.Date)
		}
		if err := f.check(); err != nil {
			return nil, err
		}
		paths[i] = filepath.Join(o.Dir, f.Name)
	}
	p := &progress{report: o.Progress, total: s.Size()}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(s.Files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(connectionsPerHost, len(s.Files)) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = o.file(ctx, s.Files[i], paths[i], p); errs[i] != nil {
					cancel() // the rest would be in vain; what is here stays for the next run
				}
			}
		})
	}
	for i := range s.Files {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs { // the first real one, not the cancellations it caused
		if err != nil && !errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	return paths, errors.Join(errs...)
}

// file makes sure that path is f, whole and verified. What does not match is fetched once more from the start.
func (o Options) file(ctx context.Context, f File, path string, p *progress) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().IsRegular() && info.Size() == f.Size && verify(ctx, path, f) == nil {
			p.add(f.Size)
			return nil
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is in the way: not a regular file", path)
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove a damaged download: %w", err)
		}
	}
	for attempt := 1; ; attempt++ {
		err := o.part(ctx, f, path+".part", p)
		if err == nil {
			return publish(path+".part", path)
		}
		var wrong mismatch
		if !errors.As(err, &wrong) {
			return fmt.Errorf("download %s: %w", f.URL, err)
		}
		p.add(-f.Size)
		if err := os.Remove(path + ".part"); err != nil {
			return err
		}
		if attempt == 2 {
			return fmt.Errorf("download %s: %w, twice; the mirror's file or its dumpstatus.json is damaged: try another date or mirror", f.URL, err)
		}
	}
}

// publish gives a verified file its final name so that a crash leaves either the part or the whole file.
func publish(part, path string) error {
	if err := os.Rename(part, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// progress adds up the bytes of files that are downloaded side by side.
type progress struct {
	mu          sync.Mutex
	report      func(done, total int64)
	done, total int64
}

func (p *progress) add(n int64) {
	if p.report == nil || n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.report(p.done, p.total)
}
