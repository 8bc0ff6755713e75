package figures

import (
	"fmt"
	"slices"
)

// Verdict is one comparison with a committed figure.
type Verdict struct {
	Case      string
	Program   string
	Committed float64 // utilisation
	Now       float64
	Spread    Spread // of what was measured now
	OK        bool
	Why       string // where it was not compared
}

// needs are the processor's features that decide which kernels a precision runs on.
var needs = map[string][]string{
	"float32":  {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
	"bfloat16": {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"},
}

// Check compares a run with the committed one of the same case and program: the utilisation, which is a ratio to what the
// machine reaches in the same minute, may be lower by tolerance, a share of it. Machines whose processors take other
// kernels in this precision are not compared.
func Check(committed, now Case, program string, tolerance float64) Verdict {
	v := Verdict{Case: now.Name, Program: program}
	was, is := committed.Run(program), now.Run(program)
	if was == nil || is == nil {
		v.OK, v.Why = true, "not measured on both sides"
		return v
	}
	v.Committed, v.Spread = was.Utilisation().Median, is.Utilisation()
	v.Now = v.Spread.Median
	for _, f := range needs[was.Precision] {
		if slices.Contains(committed.Machine.Features, f) != slices.Contains(now.Machine.Features, f) {
			v.OK, v.Why = true, fmt.Sprintf("the processors differ in %s, so other kernels ran: not compared", f)
			return v
		}
	}
	v.OK = v.Now >= v.Committed*(1-tolerance)
	return v
}

// String is a line for a person.
func (v Verdict) String() string {
	state := "ok"
	switch {
	case v.Why != "":
		return fmt.Sprintf("%-16s %-14s %s", v.Case, v.Program, v.Why)
	case !v.OK:
		state = "SLOWER"
	}
	return fmt.Sprintf("%-16s %-14s %3.0f%% of the yardstick (%.0f–%.0f), committed %.0f%%: %s",
		v.Case, v.Program, 100*v.Now, 100*v.Spread.Min, 100*v.Spread.Max, 100*v.Committed, state)
}
