package wikipedia

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"madx/datasets/wikipedia/dump"
	"madx/datasets/wikipedia/wikitext"
)

// ExtractOptions say how dumps are read.
type ExtractOptions struct {
	Lang    string // the wiki's language; the dump's own header is not trusted for it
	Workers int    // goroutines that convert; 0 means one for each core. The result does not depend on it
	// Progress is told the compressed bytes read, of all there are.
	Progress func(bytesDone, bytesTotal int64)
}

// Extract reads the dump files (bzip2 or plain XML) in their order and gives each article to emit, in the order of the
// dump whatever the number of workers, from the caller's goroutine. An error of emit ends it. Memory is bounded whatever
// the size of the files. An error names the file and the position in it.
func Extract(ctx context.Context, paths []string, opt ExtractOptions, emit func(Article) error) (Stats, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	opt.Workers = min(opt.Workers, maxWorkers)
	var total int64
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return Stats{}, err
		}
		if !info.Mode().IsRegular() {
			return Stats{}, fmt.Errorf("%s is not a regular file", p)
		}
		total += info.Size()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := &extraction{
		opt: opt, total: total,
		work:  make(chan *batch, opt.Workers),
		order: make(chan *batch, 2*opt.Workers),
		room:  make(chan struct{}, roomBatches),
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel() // before waiting
	wg.Go(func() { x.read(ctx, paths) })
	for range opt.Workers {
		wg.Go(x.convert)
	}

	var stats Stats
	for b := range x.order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return stats, ctx.Err()
		}
		for range b.room() {
			<-x.room
		}
		stats.add(b.stats)
		for _, a := range b.articles {
			if err := emit(a); err != nil {
				return stats, err
			}
		}
		if b.err != nil {
			return stats, b.err
		}
		if opt.Progress != nil {
			opt.Progress(b.read, total)
		}
	}
	return stats, ctx.Err()
}

// extraction is one run: a reader cuts batches of pages, workers convert them, the caller takes them in order.
type extraction struct {
	opt   ExtractOptions
	total int64
	work  chan *batch   // closed by the reader
	order chan *batch   // the same batches; closed by the reader
	room  chan struct{} // one for each batchBytes between the reader and the caller
}

const (
	maxWorkers  = 32  // each has some 15 MB of buffers
	roomBatches = 128 // 64 MiB of XML; the largest page takes 32
)

// batch is a stretch of pages of one file.
type batch struct {
	file    string
	site    *wikitext.Site
	raw     []byte
	ends    []int   // of the pages in raw
	offsets []int64 // of the pages in the stream
	size    int     // bytes of raw
	read    int64   // compressed bytes read when the batch was full

	done     chan struct{} // closed once the fields below are there
	articles []Article
	stats    Stats
	err      error // after the articles
}

const batchBytes = 512 << 10

// rawPool keeps the batches' buffers, so that reading a dump of any size makes little garbage.
var rawPool = sync.Pool{New: func() any { b := make([]byte, 0, batchBytes+batchBytes/4); return &b }}

// room is how much of extraction.room the batch takes.
func (b *batch) room() int { return (b.size + batchBytes - 1) / batchBytes }

func newBatch(file string) *batch {
	return &batch{file: file, raw: (*rawPool.Get().(*[]byte))[:0], done: make(chan struct{})}
}

func (x *extraction) read(ctx context.Context, paths []string) {
	defer close(x.order)
	defer close(x.work)
	var before int64
	for _, path := range paths {
		n, err := x.readFile(ctx, path, before)
		if err != nil {
			b := &batch{done: make(chan struct{}), err: fmt.Errorf("%s: %w", path, err)}
			close(b.done)
			select {
			case x.order <- b:
			case <-ctx.Done():
			}
			return
		}
		before += n
	}
}

// readFile sends a file's pages on and returns its size. before is the size of the files before it.
func (x *extraction) readFile(ctx context.Context, path string, before int64) (int64, error) {
	in, err := openDump(ctx, path, x.opt.Workers)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	utf8, err := dump.NewUTF8Reader(in)
	if err != nil {
		return 0, err
	}
	pages := dump.NewSplitter(utf8)
	var site *wikitext.Site
	b := newBatch(path)
	send := func() bool {
		b.site, b.size, b.read = site, len(b.raw), before+in.position()
		for range b.room() {
			select {
			case x.room <- struct{}{}:
			case <-ctx.Done():
				return false
			}
		}
		for _, to := range []chan *batch{x.order, x.work} {
			select {
			case to <- b:
			case <-ctx.Done():
				return false
			}
		}
		b = newBatch(path)
		return true
	}
	for {
		raw, offset, err := pages.Next()
		if err != nil && err != io.EOF {
			if len(b.ends) > 0 && !send() {
				return 0, ctx.Err()
			}
			return 0, err
		}
		if site == nil {
			site = wikitext.NewSite(x.opt.Lang, pages.Header.Namespaces)
		}
		if err == io.EOF {
			if len(b.ends) > 0 && !send() {
				return 0, ctx.Err()
			}
			return in.size, nil
		}
		b.raw = append(b.raw, raw...)
		b.ends = append(b.ends, len(b.raw))
		b.offsets = append(b.offsets, offset)
		if len(b.raw) >= batchBytes && !send() {
			return 0, ctx.Err()
		}
	}
}
