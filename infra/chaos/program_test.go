package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a process that is started again whenever it dies, as a supervisor of machines does.
type program struct {
	name string
	make func() *exec.Cmd

	mu     sync.Mutex
	cmd    *exec.Cmd // nil while it is down
	starts int
	wanted bool
	ended  chan struct{}
}

// restartPause is how long a dead program stays dead.
const restartPause = 300 * time.Millisecond

func (c *cell) run(name, bin string, args, env []string) *program {
	log, err := os.OpenFile(filepath.Join(c.dir, name+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	p := &program{name: name, wanted: true, ended: make(chan struct{}), make: func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(c.bin, bin), args...)
		cmd.Env = append(c.environment(), env...)
		cmd.Stdout, cmd.Stderr = log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return cmd
	}}
	go func() {
		defer close(p.ended)
		defer log.Close()
		for {
			p.mu.Lock()
			if !p.wanted {
				p.mu.Unlock()
				return
			}
			cmd := p.make()
			err := cmd.Start()
			p.cmd = cmd
			p.starts++
			p.mu.Unlock()
			if err != nil {
				c.t.Errorf("%s: %v", name, err)
				return
			}
			_ = cmd.Wait()
			p.mu.Lock()
			p.cmd = nil
			p.mu.Unlock()
			time.Sleep(restartPause)
		}
	}()
	c.t.Cleanup(func() { p.stop(c.t) })
	return p
}

// kill ends the process with kill -9; false when it is down already.
func (p *program) kill() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd != nil && p.cmd.Process.Kill() == nil
}

// stop ends the program in order, for good.
func (p *program) stop(t *testing.T) {
	p.mu.Lock()
	p.wanted = false
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	p.mu.Unlock()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Errorf("%s does not stop", p.name)
		p.kill()
	}
}
