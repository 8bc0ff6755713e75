//go:build !linux

package term

import (
	"errors"
	"os"
)

func is(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func size(*os.File) (columns, lines int) { return 0, 0 }

func keys(*os.File) (func(), error) { return nil, errors.ErrUnsupported }

func memory() uint64 { return 0 }
