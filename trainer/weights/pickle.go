package weights

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
)

// The pickle opcodes that torch.save writes for tensors in plain containers, of protocols 0 to 4, and those of hand-made
// state dicts. Anything else (object construction, INST, OBJ, NEWOBJ, extension codes, buffers) is refused.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opBinFloat       = 'G'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opBinInt2        = 'M'
	opNone           = 'N'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opBinString      = 'T'
	opShortBinString = 'U'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opAppends        = 'e'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opSetItems       = 'u'
	opEmptyDict      = '}'
	opEmptyList      = ']'
	opEmptyTuple     = ')'
	opProto          = 0x80
	opTuple1         = 0x85
	opTuple2         = 0x86
	opTuple3         = 0x87
	opNewTrue        = 0x88
	opNewFalse       = 0x89
	opLong1          = 0x8a
	opLong4          = 0x8b
	opShortUnicode   = 0x8c
	opUnicode8       = 0x8d
	opStackGlobal    = 0x93
	opMemoize        = 0x94
	opFrame          = 0x95
)

const (
	maxPickle = 256 << 20 // bytes of one pickle: names and shapes of tensors, not their data
	maxString = 1 << 20   // bytes of one string
	maxItems  = 1 << 22   // values on the stack, in the memo, or in containers
	maxLong   = 64        // bytes of one integer
)

// The values a pickle may build, besides string, int64, *big.Int, float64, bool and nil.
type (
	pyTuple []any
	pyList  struct{ items []any }
	pyDict  struct { // a dict or an OrderedDict, in order
		keys   []any
		values map[any]any
	}
	pyGlobal struct{ module, name string }
	pyMark   struct{}
)

// machine runs one pickle. find decides what a global name may be, call what calling it gives, persistent what a
// persistent id stands for: these three are the whole power a file has.
type machine struct {
	r          *bufio.Reader
	left       int64
	stack      []any
	memo       map[uint32]any
	items      int
	find       func(module, name string) (any, error)
	call       func(fn any, args pyTuple) (any, error)
	persistent func(id any) (any, error)
}

// run reads up to the STOP of one pickle and returns its value.
func (m *machine) run() (any, error) {
	m.stack, m.memo, m.left = nil, map[uint32]any{}, maxPickle
	for {
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			v, err := m.pop()
			if err == nil && len(m.stack) != 0 {
				err = errors.New("values left on the stack")
			}
			return v, err
		}
		if err := m.step(op); err != nil {
			return nil, err
		}
		if len(m.stack) > maxItems || m.items > maxItems {
			return nil, fmt.Errorf("holds more than %d values", maxItems)
		}
	}
}

func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && v > 5 {
			err = fmt.Errorf("pickle protocol %d is not known", v)
		}
		return err
	case opFrame:
		_, err := m.bytes(8)
		return err
	case opMark:
		m.push(pyMark{})
	case opPop:
		_, err := m.popAny()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opNone:
		m.push(nil)
	case opNewTrue, opNewFalse:
		m.push(op == opNewTrue)
	case opBinInt, opBinInt1, opBinInt2, opLong1, opLong4, opBinFloat:
		return m.number(op)
	case opBinUnicode, opShortUnicode, opUnicode8, opBinString, opShortBinString:
		return m.text(op)
	case opEmptyDict:
		m.push(&pyDict{values: map[any]any{}})
	case opEmptyList:
		m.push(&pyList{})
	case opEmptyTuple:
		m.push(pyTuple{})
	case opTuple, opTuple1, opTuple2, opTuple3:
		return m.tuple(op)
	case opAppend, opAppends, opSetItem, opSetItems:
		return m.fill(op)
	case opBinPut, opLongBinPut, opMemoize:
		return m.put(op)
	case opBinGet, opLongBinGet:
		return m.get(op)
	case opGlobal, opStackGlobal:
		return m.global(op)
	case opReduce, opBuild:
		return m.apply(op)
	case opBinPersID:
		id, err := m.pop()
		if err != nil {
			return err
		}
		v, err := m.persistent(id)
		if err != nil {
			return err
		}
		m.push(v)
	default:
		return fmt.Errorf("pickle instruction 0x%02x is refused: it is not needed for tensors", op)
	}
	return nil
}

func (m *machine) number(op byte) error {
	switch op {
	case opBinInt:
		b, err := m.bytes(4)
		if err != nil {
			return err
		}
		m.push(int64(int32(binary.LittleEndian.Uint32(b))))
	case opBinInt1:
		b, err := m.byte()
		if err != nil {
			return err
		}
		m.push(int64(b))
	case opBinInt2:
		b, err := m.bytes(2)
		if err != nil {
			return err
		}
		m.push(int64(binary.LittleEndian.Uint16(b)))
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case opLong1, opLong4:
		width := 1
		if op == opLong4 {
			width = 4
		}
		n, err := m.length(width, maxLong)
		if err != nil {
			return err
		}
		b, err := m.bytes(n)
		if err != nil {
			return err
		}
		m.push(long(b))
	}
	return nil
}

// long decodes a little-endian two's complement integer; int64 where it fits.
func long(b []byte) any {
	v := new(big.Int)
	for i := len(b) - 1; i >= 0; i-- {
		v.Lsh(v, 8).Or(v, big.NewInt(int64(b[i])))
	}
	if len(b) > 0 && b[len(b)-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return v.Int64()
	}
	return v
}

func (m *machine) text(op byte) error {
	width := map[byte]int{opBinUnicode: 4, opShortUnicode: 1, opUnicode8: 8, opBinString: 4, opShortBinString: 1}[op]
	n, err := m.length(width, maxString)
	if err != nil {
		return err
	}
	b, err := m.bytes(n)
	if err != nil {
		return err
	}
	m.push(string(b))
	return nil
}

func (m *machine) tuple(op byte) error {
	if op == opTuple {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		m.items += len(items)
		m.push(pyTuple(items))
		return nil
	}
	t := make(pyTuple, op-opTuple1+1)
	for i := len(t) - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return err
		}
		t[i] = v
	}
	m.items += len(t)
	m.push(t)
	return nil
}

// fill adds to the list or dict below the values.
func (m *machine) fill(op byte) error {
	var items []any
	var err error
	switch op {
	case opAppends, opSetItems:
		items, err = m.popMark()
	case opAppend:
		items, err = m.popN(1)
	default:
		items, err = m.popN(2)
	}
	if err != nil {
		return err
	}
	m.items += len(items)
	if len(m.stack) == 0 {
		return errors.New("nothing to add values to")
	}
	switch c := m.stack[len(m.stack)-1].(type) {
	case *pyList:
		if op != opAppend && op != opAppends {
			return errors.New("key and value set in a list")
		}
		c.items = append(c.items, items...)
	case *pyDict:
		if op != opSetItem && op != opSetItems || len(items)%2 != 0 {
			return errors.New("value without key added to a dict")
		}
		for i := 0; i < len(items); i += 2 {
			if err := c.set(items[i], items[i+1]); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("values added to %s", describe(c))
	}
	return nil
}

func (d *pyDict) set(key, value any) error {
	switch key.(type) {
	case string, int64, bool, float64, nil:
	default:
		return fmt.Errorf("a dict key that is %s is refused", describe(key))
	}
	if _, ok := d.values[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[key] = value
	return nil
}

func (m *machine) put(op byte) error {
	var at uint32
	switch op {
	case opMemoize:
		at = uint32(len(m.memo))
	default:
		width := 1
		if op == opLongBinPut {
			width = 4
		}
		n, err := m.length(width, maxItems)
		if err != nil {
			return err
		}
		at = uint32(n)
	}
	if len(m.stack) == 0 {
		return errors.New("nothing to remember")
	}
	if len(m.memo) > maxItems {
		return fmt.Errorf("remembers more than %d values", maxItems)
	}
	m.memo[at] = m.stack[len(m.stack)-1]
	return nil
}

func (m *machine) get(op byte) error {
	width := 1
	if op == opLongBinGet {
		width = 4
	}
	n, err := m.length(width, maxItems)
	if err != nil {
		return err
	}
	v, ok := m.memo[uint32(n)]
	if !ok {
		return fmt.Errorf("remembered value %d is not there", n)
	}
	m.push(v)
	return nil
}

func (m *machine) global(op byte) error {
	var module, name string
	if op == opGlobal {
		var err error
		if module, err = m.line(); err != nil {
			return err
		}
		if name, err = m.line(); err != nil {
			return err
		}
	} else {
		pair, err := m.popN(2)
		if err != nil {
			return err
		}
		var ok1, ok2 bool
		module, ok1 = pair[0].(string)
		name, ok2 = pair[1].(string)
		if !ok1 || !ok2 {
			return errors.New("a global name that is not text is refused")
		}
	}
	v, err := m.find(module, name)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

// apply calls a known function, or sets attributes: only the ones torch puts on a state dict, which are dropped.
func (m *machine) apply(op byte) error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	if op == opBuild {
		if _, ok := pair[0].(*pyDict); !ok {
			return fmt.Errorf("setting attributes of %s is refused", describe(pair[0]))
		}
		if _, ok := pair[1].(*pyDict); !ok {
			return fmt.Errorf("attributes given as %s are refused", describe(pair[1]))
		}
		m.push(pair[0])
		return nil
	}
	args, ok := pair[1].(pyTuple)
	if !ok {
		return fmt.Errorf("arguments that are %s are refused", describe(pair[1]))
	}
	v, err := m.call(pair[0], args)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

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
