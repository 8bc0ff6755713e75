package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

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
