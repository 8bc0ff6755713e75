// Package faults is a store that goes wrong on purpose, for tests: errors, flipped and cut bytes, lost writes, at the
// operations and keys a test names. It counts what happened, so that a test can tell that its fault was met.
//
// It must not know what is stored.
package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"madx/infra/objectstore"
)

// Op is an operation of a store.
type Op string

// The operations.
const (
	Get    Op = "get"
	Put    Op = "put"
	Head   Op = "head"
	List   Op = "list"
	Delete Op = "delete"
)

// Kind is what goes wrong.
type Kind string

// The kinds. Flip, Cut and Lose are for Get (the bytes on their way) and Put (the bytes that are kept).
const (
	Fail Kind = "fail" // the operation does nothing and returns ErrInjected
	Flip Kind = "flip" // the last byte is another
	Cut  Kind = "cut"  // the last byte is missing
	Lose Kind = "lose" // Put says that all is well and keeps nothing; Get finds nothing
)

// ErrInjected is what a failing operation returns.
var ErrInjected = errors.New("injected fault")

// Fault is one thing that goes wrong.
type Fault struct {
	Op    Op
	Key   string // the key contains this
	Kind  Kind
	Times int // how often; 0 means always
}

// Store passes everything on to the store inside, except for its faults.
type Store struct {
	objectstore.Store
	mu     sync.Mutex
	faults []*Fault
	met    map[Kind]int
}

// New makes a store that behaves until faults are added.
func New(inside objectstore.Store) *Store { return &Store{Store: inside, met: map[Kind]int{}} }

// Add makes something go wrong from now on.
func (s *Store) Add(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Met returns how often faults of a kind happened.
func (s *Store) Met(k Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met[k]
}

// meet returns the fault that hits an operation, "" for none.
func (s *Store) meet(op Op, key string) Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Op != op || !strings.Contains(key, f.Key) {
			continue
		}
		s.met[f.Kind]++
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return f.Kind
	}
	return ""
}

// spoil returns the bytes as a fault leaves them.
func spoil(body []byte, k Kind) []byte {
	if len(body) == 0 {
		return body
	}
	last := len(body) - 1
	switch k {
	case Flip:
		body[last] ^= 1
	case Cut:
		body = body[:last]
	}
	return body
}

// Get implements objectstore.Store.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	k := s.meet(Get, key)
	switch k {
	case "":
		return s.Store.Get(ctx, key)
	case Fail:
		return nil, ErrInjected
	case Lose:
		return nil, objectstore.ErrNotFound
	}
	r, err := s.Store.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	return io.NopCloser(bytes.NewReader(spoil(body, k))), err
}

// GetRange implements objectstore.Store.
func (s *Store) GetRange(ctx context.Context, key string, from, n int64) (io.ReadCloser, error) {
	k := s.meet(Get, key)
	switch k {
	case "":
		return s.Store.GetRange(ctx, key, from, n)
	case Fail:
		return nil, ErrInjected
	case Lose:
		return nil, objectstore.ErrNotFound
	}
	r, err := s.Store.GetRange(ctx, key, from, n)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	return io.NopCloser(bytes.NewReader(spoil(body, k))), err
}

// Put implements objectstore.Store.
func (s *Store) Put(ctx context.Context, key string, body io.ReadSeeker, size int64, opt objectstore.PutOptions) error {
	k := s.meet(Put, key)
	switch k {
	case "":
		return s.Store.Put(ctx, key, body, size, opt)
	case Fail:
		return ErrInjected
	case Lose:
		return nil
	}
	whole, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	whole, opt.SHA256 = spoil(whole, k), "" // spoilt where they are kept, not on their way
	return s.Store.Put(ctx, key, bytes.NewReader(whole), int64(len(whole)), opt)
}

// Head implements objectstore.Store.
func (s *Store) Head(ctx context.Context, key string) (int64, error) {
	if s.meet(Head, key) != "" {
		return 0, ErrInjected
	}
	return s.Store.Head(ctx, key)
}

// List implements objectstore.Store.
func (s *Store) List(ctx context.Context, prefix string) ([]objectstore.Object, error) {
	if s.meet(List, prefix) != "" {
		return nil, ErrInjected
	}
	return s.Store.List(ctx, prefix)
}

// Delete implements objectstore.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if s.meet(Delete, key) != "" {
		return ErrInjected
	}
	return s.Store.Delete(ctx, key)
}

// Spoil damages an object where it lies.
func Spoil(ctx context.Context, s objectstore.Store, key string, k Kind) error {
	r, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r)
	r.Close()
	if err != nil {
		return err
	}
	if k == Lose {
		return s.Delete(ctx, key)
	}
	body = spoil(body, k)
	return s.Put(ctx, key, bytes.NewReader(body), int64(len(body)), objectstore.PutOptions{})
}
