package libtorch

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

//go:embed wheels.txt
var wheelTable string

// A Set names the wheels that belong together.
type Set string

// The sets of wheels.txt. CUDA comes on top of CPU.
const (
	CPU  Set = "cpu"
	CUDA Set = "cuda"
	Demo Set = "demo"
)

// Wheel is one pinned download.
type Wheel struct {
	Set         Set
	Requirement string // for pip: name==version
	Platform    string // for pip: the tag it was built for
	Size        int64  // bytes
	SHA256      string // hex
	File        string // name in the cache
}

// Wheels returns the pinned downloads of the sets, in the table's order.
func Wheels(sets ...Set) ([]Wheel, error) {
	all, err := parseWheels(wheelTable)
	if err != nil {
		return nil, err
	}
	var chosen []Wheel
	for _, w := range all {
		for _, s := range sets {
			if w.Set == s {
				chosen = append(chosen, w)
			}
		}
	}
	return chosen, nil
}

func parseWheels(table string) ([]Wheel, error) {
	var wheels []Wheel
	for i, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		w, err := parseWheel(fields)
		if err != nil {
			return nil, fmt.Errorf("wheels.txt:%d: %w", i+1, err)
		}
		wheels = append(wheels, w)
	}
	return wheels, nil
}

func parseWheel(fields []string) (Wheel, error) {
	if len(fields) != 6 {
		return Wheel{}, fmt.Errorf("%d columns, want set, requirement, platform, bytes, SHA-256, file", len(fields))
	}
	size, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil || size <= 0 {
		return Wheel{}, fmt.Errorf("size %q is not a number of bytes", fields[3])
	}
	if sum, err := hex.DecodeString(fields[4]); err != nil || len(sum) != 32 {
		return Wheel{}, fmt.Errorf("%q is not a SHA-256", fields[4])
	}
	if name, version, ok := strings.Cut(fields[1], "=="); !ok || name == "" || version == "" {
		return Wheel{}, fmt.Errorf("requirement %q is not pinned as name==version", fields[1])
	}
	if strings.ContainsAny(fields[5], `/\`) || !strings.HasSuffix(fields[5], ".whl") {
		return Wheel{}, fmt.Errorf("%q is not the name of a wheel", fields[5])
	}
	return Wheel{Set: Set(fields[0]), Requirement: fields[1], Platform: fields[2], Size: size, SHA256: fields[4], File: fields[5]}, nil
}
