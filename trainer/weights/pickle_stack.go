package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
)

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

func (m *machine) popAny() (any, error) {
	if len(m.stack) == 0 {
		return nil, errors.New("takes a value from an empty stack")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) pop() (any, error) {
	v, err := m.popAny()
	if _, ok := v.(pyMark); ok {
		return nil, errors.New("takes a mark as a value")
	}
	return v, err
}

func (m *machine) popN(n int) ([]any, error) {
	out := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// popMark takes everything above the newest mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, ok := m.stack[i].(pyMark); ok {
			items := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, errors.New("no mark on the stack")
}

func (m *machine) byte() (byte, error) {
	if m.left--; m.left < 0 {
		return 0, fmt.Errorf("longer than %d bytes", int64(maxPickle))
	}
	b, err := m.r.ReadByte()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (m *machine) bytes(n int) ([]byte, error) {
	if m.left -= int64(n); m.left < 0 {
		return nil, fmt.Errorf("longer than %d bytes", int64(maxPickle))
	}
	b := make([]byte, n)
	_, err := io.ReadFull(m.r, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func (m *machine) length(width, limit int) (int, error) {
	b, err := m.bytes(width)
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[:], b)
	n := binary.LittleEndian.Uint64(full[:])
	if n > uint64(limit) {
		return 0, fmt.Errorf("a length of %d is over the limit of %d", n, limit)
	}
	return int(n), nil
}

func (m *machine) line() (string, error) {
	var b []byte
	for {
		c, err := m.byte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return string(b), nil
		}
		if b = append(b, c); len(b) > 512 {
			return "", errors.New("a global name of more than 512 bytes")
		}
	}
}

// describe names a value's type for error messages, without its contents.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return "a string"
	case int64, *big.Int:
		return "an integer"
	case float64:
		return "a float"
	case bool:
		return strconv.FormatBool(v)
	case pyTuple:
		return "a tuple"
	case *pyList:
		return "a list"
	case *pyDict:
		return "a dict"
	case pyGlobal:
		return "the name " + v.module + "." + v.name
	case *torchStorage:
		return "a storage"
	case *torchTensor:
		return "a tensor"
	}
	return "something else"
}
