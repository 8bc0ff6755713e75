package main

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"madx/datasets/tokenizer"
)

//go:embed peer.py
var script string

// result is one round over all texts; times in seconds.
type result struct {
	Wall, CPU float64
	Tokens    int
	Digest    string
}

func measure(tok *tokenizer.Tokenizer, texts []string, digest bool) result {
	start, cpu := time.Now(), processorTime()
	ids := tok.EncodeBatch(texts, 0)
	r := result{Wall: time.Since(start).Seconds(), CPU: processorTime() - cpu}
	for _, row := range ids {
		r.Tokens += len(row)
	}
	if digest {
		h := sha256.New()
		var b []byte
		for _, row := range ids {
			b = binary.LittleEndian.AppendUint32(b[:0], uint32(len(row)))
			for _, id := range row {
				b = binary.LittleEndian.AppendUint32(b, uint32(id))
			}
			h.Write(b)
		}
		r.Digest = hex.EncodeToString(h.Sum(nil))
	}
	return r
}

func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func median(rounds []result) result {
	rounds = slices.Clone(rounds)
	slices.SortFunc(rounds, func(a, b result) int {
		if a.Wall < b.Wall {
			return -1
		}
		return 1
	})
	return rounds[len(rounds)/2]
}

// peer is the other library at work in its own process.
type peer struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

func start(python, file string, texts []string) (*peer, error) {
	p := &peer{cmd: exec.Command(python, "-c", script, file)}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var hello struct{ Version string }
	err = errors.Join(json.NewEncoder(p.in).Encode(texts), p.answer(&hello))
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s with the package tokenizers: %w", python, err)
	}
	p.version = hello.Version
	return p, nil
}

func (p *peer) answer(to any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, to)
}

func (p *peer) round(kind string) (r result, err error) {
	if _, err = fmt.Fprintln(p.in, kind); err == nil {
		err = p.answer(&r)
	}
	return r, err
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait()
}
