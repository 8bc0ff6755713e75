package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"madx/cmd/madx/internal/term"
	"madx/workflows"
)

// board draws on a terminal and obeys its keys. in nil means that there are none.
func (w *watcher) board(ctx context.Context, out, in *os.File) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var pressed <-chan string
	if in != nil {
		if restore, err := term.Keys(in); err == nil {
			keys, ended := readKeys(ctx, in)
			pressed = keys
			defer func() { stop(); <-ended; restore() }()
		}
	}
	seen, acted := make(chan status, 1), make(chan string, 1)
	go w.look(ctx, seen)
	b := &board{chosen: -1}
	s := &screen{out: out}
	for {
		select {
		case b.st = <-seen:
		case seq := <-pressed:
			switch b.press(seq) {
			case keyDetach:
				return errDetached
			case keyPause:
				update, part := b.pause()
				b.message = strings.TrimSpace(update+" "+part.Lang) + " …"
				go w.tell(update, part, acted)
			case keyNothing:
			}
		case b.message = <-acted:
		case err := <-w.done:
			if st, err := w.fetch(); err == nil {
				b.st, b.message = st, ""
				s.draw(b)
			}
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		if len(b.st.Steps) > 0 {
			s.draw(b)
		}
	}
}

// look fetches again and again; a query that takes long holds no key up.
func (w *watcher) look(ctx context.Context, seen chan<- status) {
	for ctx.Err() == nil {
		if st, err := w.fetch(); err == nil {
			select {
			case seen <- st:
			case <-ctx.Done():
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.every):
		}
	}
}

// tell sends an update and reports how it went.
func (w *watcher) tell(update string, part workflows.Part, acted chan<- string) {
	said := strings.TrimSpace(update+" "+part.Lang) + ": done"
	if err := w.act(update, part); err != nil {
		said = firstLine(err.Error())
	}
	acted <- said
}

// readKeys hands over the bytes of each key; the second channel closes when nothing is read any more.
func readKeys(ctx context.Context, in *os.File) (<-chan string, <-chan struct{}) {
	out, ended := make(chan string), make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 16)
		for ctx.Err() == nil {
			n, _ := in.Read(buf) // nothing within 0.1 s reads as the end of the file
			for _, seq := range splitKeys(string(buf[:n])) {
				select {
				case out <- seq:
				case <-ctx.Done():
				}
			}
			if n == 0 {
				time.Sleep(10 * time.Millisecond) // a terminal that is gone answers at once
			}
		}
	}()
	return out, ended
}

// splitKeys cuts what was read at once into keys: escape sequences of three bytes, else single ones.
func splitKeys(s string) []string {
	var out []string
	for len(s) > 0 {
		n := 1
		if len(s) >= 3 && s[0] == 0x1b && s[1] == '[' {
			n = 3
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// screen redraws lines in place.
type screen struct {
	out   *os.File
	drawn int
}

func (s *screen) draw(b *board) {
	columns, height := term.Size(s.out)
	var text strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", s.drawn)
	}
	lines := b.lines(height - 1)
	for _, l := range lines {
		if r := []rune(l); len(r) >= columns {
			l = string(r[:columns-1])
		}
		text.WriteString("\x1b[2K" + l + "\n")
	}
	text.WriteString("\x1b[J") // what an earlier, longer drawing left
	s.drawn = len(lines)
	fmt.Fprint(s.out, text.String())
}
