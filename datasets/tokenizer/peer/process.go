package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
)

//go:embed peer.py
var script string

// peer is the other library at work in its own process.
type peer struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

func start(ctx context.Context, python, file string, texts []string) (*peer, error) {
	p := &peer{cmd: exec.CommandContext(ctx, python, "-c", script, file)}
	p.cmd.Stderr = os.Stderr
	p.cmd.Env = append(os.Environ(), "TOKENIZERS_PARALLELISM=true", fmt.Sprint("RAYON_NUM_THREADS=", runtime.GOMAXPROCS(0)))
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
	if err := errors.Join(json.NewEncoder(p.in).Encode(texts), p.answer(&hello)); err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s with the package tokenizers: %w", python, err)
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

// do sends a command and reads its answer.
func (p *peer) do(command string) (r result, err error) {
	if _, err = fmt.Fprintln(p.in, command); err == nil {
		err = p.answer(&r)
	}
	return r, err
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait()
}
