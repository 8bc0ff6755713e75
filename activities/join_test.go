package activities

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
)

func TestHowAJoinedWorkflowEnded(t *testing.T) {
	result := json.RawMessage(`{"steps":3}`)
	if got, err := joined(Joined{Result: result}, nil); err != nil || string(got.Result) != string(result) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := joined(Joined{}, serviceerror.NewNotFound("no such run")); err != nil || !got.Gone {
		t.Errorf("%+v, %v", got, err)
	}
	// Anything else is a failure to learn of it: the next attempt asks again.
	if _, err := joined(Joined{}, errors.New("connection refused")); err == nil {
		t.Error("a server that does not answer ended the workflow")
	}
}

func TestPackedDocuments(t *testing.T) {
	in := map[string][]int{"a": {1, 2}}
	p, err := Pack(in)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string][]int
	if err := p.Unpack(&out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%v, %v", out, err)
	}
	again, err := Pack(in)
	if err != nil || string(again) != string(p) {
		t.Error("the same document has other bytes")
	}
	for _, bad := range []Packed{nil, Packed("no gzip"), p[:len(p)-3]} {
		if err := bad.Unpack(&out); err == nil {
			t.Errorf("%q was unpacked", bad)
		}
	}
	if _, err := Pack(func() {}); err == nil || !strings.Contains(err.Error(), "pack") {
		t.Errorf("a function was packed: %v", err)
	}
}
