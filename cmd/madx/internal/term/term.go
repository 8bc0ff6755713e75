// Package term asks whether a file is a terminal, how large it is, and lets single keys be read from it. It must not know
// what is drawn there.
package term

import "os"

// File returns the terminal behind a reader or writer, nil where there is none.
func File(x any) *os.File {
	f, ok := x.(*os.File)
	if !ok || !is(f) {
		return nil
	}
	return f
}

// Size returns columns and lines, 120 × 40 where nobody knows.
func Size(x any) (columns, lines int) {
	if f := File(x); f != nil {
		if columns, lines := size(f); columns > 0 && lines > 0 {
			return columns, lines
		}
	}
	return 120, 40
}

// Keys makes a terminal hand over every key at once and print none. Ctrl-C still interrupts. restore undoes it.
func Keys(f *os.File) (restore func(), err error) { return keys(f) }

// Memory returns the machine's memory in bytes, 0 where nobody knows.
func Memory() uint64 { return memory() }
