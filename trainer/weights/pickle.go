package weights

import (
	"bufio"
	"errors"
	"fmt"
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
