package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// ErrFull is returned by Add once MaxTokens are taken: more text changes nothing, so its producer may stop.
var ErrFull = errors.New("the corpus has its maximum of tokens")

// ErrExists is returned by NewBuilder for a folder that holds a whole corpus.
var ErrExists = errors.New("the folder holds a corpus already")

// NoTextError is returned by Close when no paragraph was left.
type NoTextError struct {
	Lang  string
	Stats Stats
}

func (e *NoTextError) Error() string {
	s := e.Stats
	return fmt.Sprintf("no text in %q: %d documents with %d paragraphs, of which %d too short, %d in another script, "+
		"%d duplicates: check the source, the language code and the cleaning settings",
		e.Lang, s.Documents, s.ParagraphsRead, s.Short, s.WrongScript, s.Duplicates+s.NearDuplicates+s.NoTokens)
}

// Builder makes a corpus folder. Documents are cleaned and tokenised on several goroutines; all that depends on order
// (duplicates, split, packing) happens on one, in the order of Add.
type Builder struct {
	opt   BuildOptions
	clean cleaner
	out   *assembler

	batch  *job
	todo   chan *job // to the workers
	order  chan *job // to the assembling goroutine, in the order of Add
	work   sync.WaitGroup
	ended  chan struct{}
	mu     sync.Mutex
	err    error // first failure, or ErrFull
	closed bool
}

// Documents are handed to workers in batches of about this size: small beside memory, large beside a channel's cost.
const (
	batchBytes = 128 << 10
	batchDocs  = 256
)

// NewBuilder checks the options and makes the folder. Leftovers of an unfinished build there are overwritten.
func NewBuilder(opt BuildOptions) (*Builder, error) {
	if err := opt.fill(); err != nil {
		return nil, fmt.Errorf("corpus options: %w", err)
	}
	if opt.Scripts == nil && opt.ScriptShare >= 0 {
		opt.Scripts = Scripts(opt.Lang)
	}
	filter, err := newScriptFilter(opt.Scripts, opt.ScriptShare)
	if err != nil {
		return nil, fmt.Errorf("corpus options: %w", err)
	}
	if opt.MinChars == 0 {
		opt.MinChars = defaultMinChars(opt.Scripts)
	}
	if err := prepareDir(opt.Dir); err != nil {
		return nil, err
	}
	b := &Builder{
		opt:   opt,
		clean: cleaner{minChars: opt.MinChars, scripts: filter},
		out:   newAssembler(&opt),
		todo:  make(chan *job, opt.Workers),
		order: make(chan *job, 2*opt.Workers),
		ended: make(chan struct{}),
	}
	for range opt.Workers {
		b.work.Go(b.worker)
	}
	go b.assemble()
	return b, nil
}

// A sentence of Chinese or Japanese takes about a third of the characters that it takes in an alphabet.
func defaultMinChars(scripts []string) int {
	for _, s := range scripts {
		if s == "Han" {
			return 8
		}
	}
	return 20
}

func prepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the corpus folder: %w", err)
	}
	switch _, err := os.Stat(filepath.Join(dir, indexFile)); {
	case err == nil:
		return fmt.Errorf("%s: %w: remove it to build it anew", dir, ErrExists)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking at the corpus folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.bin"))
	if err != nil {
		return fmt.Errorf("looking at the corpus folder: %w", err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("removing a shard of an unfinished build: %w", err)
		}
	}
	return nil
}

// Add takes one document: paragraphs separated by line feeds. The id decides with the seed whether the document is
// held out, so it should be stable, such as a page id. Add blocks while the workers are busy. It returns the first
// failure of the build, or ErrFull. It must not be called from several goroutines at once.
func (b *Builder) Add(id, text string) error {
	if b.closed {
		return errors.New("corpus: Add after Close")
	}
	if err := b.failure(); err != nil {
		return err
	}
	if b.batch == nil {
		b.batch = &job{done: make(chan struct{})}
	}
	b.batch.docs = append(b.batch.docs, document{id: id, text: text})
	b.batch.bytes += len(text)
	if b.batch.bytes >= batchBytes || len(b.batch.docs) >= batchDocs {
		b.flush()
	}
	return nil
}

func (b *Builder) flush() {
	if b.batch != nil {
		b.order <- b.batch
		b.todo <- b.batch
		b.batch = nil
	}
}

// Close finishes the corpus and returns its index. After an error the folder holds no index.json. It returns a
// *NoTextError when nothing was left of the text.
func (b *Builder) Close() (*Index, error) {
	if b.closed {
		return nil, errors.New("corpus: closed twice")
	}
	b.stop()
	if err := b.failure(); err != nil && !errors.Is(err, ErrFull) {
		b.out.abandon()
		return nil, err
	}
	index, err := b.out.finish()
	if err != nil {
		return nil, err
	}
	return index, writeIndex(b.opt.Dir, index)
}

// Abort ends a build without making a corpus. It does nothing after Close, so it may be deferred.
func (b *Builder) Abort() {
	if !b.closed {
		b.batch = nil
		b.stop()
		b.out.abandon()
	}
}

func (b *Builder) stop() {
	b.closed = true
	b.flush()
	close(b.todo)
	close(b.order)
	b.work.Wait()
	<-b.ended
}

// assemble takes the batches in the order of Add.
func (b *Builder) assemble() {
	defer close(b.ended)
	for j := range b.order {
		<-j.done
		if b.failure() != nil {
			continue // drain, so that Add and the workers never block
		}
		for i := range j.docs {
			if err := b.out.document(&j.docs[i]); err != nil {
				b.fail(err)
				break
			}
		}
		if b.opt.Progress != nil {
			s := &b.out.stats
			b.opt.Progress(Progress{Documents: s.Documents, Paragraphs: s.Paragraphs, Tokens: s.Tokens})
		}
	}
}

func (b *Builder) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *Builder) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}
