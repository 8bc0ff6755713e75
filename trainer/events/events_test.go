package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync"
	"testing"
)

func TestWriterWritesWholeLines(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { w.Emit(Event{Type: TypeProgress, Step: i, Loss: 1.5, Message: "a\nb"}) })
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n")
	if len(lines) != 50 {
		t.Fatalf("%d lines, want 50", len(lines))
	}
	for _, line := range lines {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Message != "a\nb" {
			t.Fatalf("line %q: %v", line, err)
		}
	}
}

func TestWriterLeavesOutWhatJSONLacks(t *testing.T) {
	var buf bytes.Buffer
	NewWriter(&buf).Emit(Event{Type: TypeProgress, Loss: math.NaN(), GradNorm: math.Inf(1), Metrics: map[string]float64{"a": math.NaN(), "b": 1}})
	if got, want := buf.String(), `{"type":"progress","step":0,"metrics":{"b":1}}`+"\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	NewWriter(nil).Emit(Event{Type: TypeDone})
}

func TestFailureSaysHowFarItGot(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	w.Emit(Event{Type: TypeStarted, Kind: "task", Total: 9})
	w.Emit(Event{Type: TypeProgress, Step: 4})
	buf.Reset()
	w.Emit(Event{Type: TypeFailed, Cause: CauseInternal})
	if got, want := buf.String(), `{"type":"failed","kind":"task","step":4,"total":9,"cause":"internal"}`+"\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestCauseOf(t *testing.T) {
	bad := Errorf(CauseBadInput, "reading %s: %w", "x", fs.ErrNotExist)
	tests := []struct {
		name string
		err  error
		want Cause
	}{
		{"nil", nil, ""},
		{"plain", errors.New("x"), CauseInternal},
		{"typed", bad, CauseBadInput},
		{"wrapped", fmt.Errorf("loading: %w", bad), CauseBadInput},
		{"the first cause stays", WithCause(CauseUsage, fmt.Errorf("loading: %w", bad)), CauseBadInput},
		{"given later", WithCause(CauseUsage, errors.New("x")), CauseUsage},
		{"nil stays nil", WithCause(CauseUsage, nil), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CauseOf(tt.err); got != tt.want {
				t.Errorf("CauseOf(%v) = %q, want %q", tt.err, got, tt.want)
			}
		})
	}
	if !errors.Is(bad, fs.ErrNotExist) {
		t.Error("Errorf hides what it wraps")
	}
}

func TestEveryCauseHasItsOwnExitCode(t *testing.T) {
	causes := []Cause{CauseUsage, CauseBadInput, CauseOutOfMemory, CauseDevice, CauseDiverged, CausePreempted, CauseDiskFull, CauseInternal}
	seen := map[int]Cause{0: "success"}
	for _, c := range causes {
		code, ok := ExitCode[c]
		if other, taken := seen[code]; !ok || taken {
			t.Errorf("%s: exit code %d (present %v) is that of %q", c, code, ok, other)
		}
		seen[code] = c
	}
}
