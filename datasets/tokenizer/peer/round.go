package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"runtime"
	"syscall"
	"time"

	"madx/datasets/tokenizer"
)

// result is one pass over all texts; times in seconds.
type result struct {
	Wall, CPU float64
	Tokens    int
	Digest    string
}

// encoder is one of the two sides.
type encoder interface {
	load() error // anew, with empty caches
	encode() (result, error)
}

// ours is this repository's tokenizer.
type ours struct {
	file  string
	texts []string
	tok   *tokenizer.Tokenizer
}

func (o *ours) load() (err error) {
	o.tok, err = tokenizer.LoadFile(o.file)
	return err
}

func (o *ours) encode() (result, error) {
	runtime.GC() // not what others left behind
	start, cpu := time.Now(), processorTime()
	ids := o.tok.EncodeBatch(o.texts, 0)
	r := result{Wall: time.Since(start).Seconds(), CPU: processorTime() - cpu}
	for _, row := range ids {
		r.Tokens += len(row)
	}
	return r, nil
}

// digest is a SHA-256 over all ids.
func (o *ours) digest() string {
	h := sha256.New()
	var b []byte
	for _, row := range o.tok.EncodeBatch(o.texts, 0) {
		b = binary.LittleEndian.AppendUint32(b[:0], uint32(len(row)))
		for _, id := range row {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func (p *peer) load() error {
	_, err := p.do("load")
	return err
}

func (p *peer) encode() (result, error) { return p.do("encode") }

// pair is a round: a pass of each side. The first pass after loading is cold, the second finds its words in the caches.
type pair struct{ ours, theirs result }

// round measures both sides, which one first by turns.
func round(n int, us, them encoder) (cold, warm pair, err error) {
	for turn := range 2 {
		side, c, w := us, &cold.ours, &warm.ours
		if (n+turn)%2 == 1 {
			side, c, w = them, &cold.theirs, &warm.theirs
		}
		if err = side.load(); err != nil {
			return cold, warm, err
		}
		for _, pass := range []*result{c, w} {
			if *pass, err = side.encode(); err != nil {
				return cold, warm, err
			}
		}
	}
	return cold, warm, nil
}
