package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc"

	"madx/workflows"
)

// fakeOperator is a server that has some search attributes, or fails.
type fakeOperator struct {
	operatorservice.OperatorServiceClient
	have  map[string]enums.IndexedValueType
	err   error
	calls int
}

func (f *fakeOperator) ListSearchAttributes(_ context.Context, in *operatorservice.ListSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	f.calls++
	if in.Namespace != "ours" {
		return nil, errors.New("another namespace")
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: f.have}, f.err
}

// attributes are those of a server that is set up; without takes some away.
func attributes(without ...string) map[string]enums.IndexedValueType {
	out := map[string]enums.IndexedValueType{"OfOthers": enums.INDEXED_VALUE_TYPE_INT}
	for _, key := range workflows.Attributes {
		out[key.GetName()] = enums.INDEXED_VALUE_TYPE_KEYWORD
	}
	for _, name := range without {
		delete(out, name)
	}
	return out
}

func TestServersWithoutOurSearchAttributes(t *testing.T) {
	const create = "temporal operator search-attribute create --namespace ours --name "
	text := attributes()
	text["Lang"] = enums.INDEXED_VALUE_TYPE_TEXT
	for _, tt := range []struct {
		name   string
		server fakeOperator
		lines  []string // of the refusal after its first line; none: it is none
		status int
		again  int // calls after a second look
	}{
		{"all there", fakeOperator{have: attributes()}, nil, 0, 1},
		{"nothing there", fakeOperator{}, []string{create + "Sweep --type Keyword", create + "Lang --type Keyword", create + "Stage --type Keyword",
			create + "Task --type Keyword", create + "BaseModel --type Keyword", create + "Outcome --type Keyword"}, 1, 2},
		{"two missing", fakeOperator{have: attributes("Lang", "Outcome")}, []string{create + "Lang --type Keyword", create + "Outcome --type Keyword"}, 1, 2},
		{"of another type", fakeOperator{have: text}, []string{
			"temporal operator search-attribute remove --namespace ours --name Lang   # it is of type Text", create + "Lang --type Keyword"}, 1, 2},
		{"forbidden", fakeOperator{err: serviceerror.NewPermissionDenied("no", "")}, nil, 0, 1},
		{"unknown to the server", fakeOperator{err: serviceerror.NewUnimplemented("what?")}, nil, 0, 1},
		{"away", fakeOperator{err: serviceerror.NewUnavailable("away")}, []string{}, 3, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l labelCheck
			err := l.check(t.Context(), &tt.server, "ours")
			if exitStatus(err) != tt.status || (err == nil) != (tt.lines == nil) {
				t.Fatalf("%v: status %d, want %d", err, exitStatus(err), tt.status)
			}
			if err != nil {
				got := strings.Split(err.Error(), "\n")[1:]
				for i := range got {
					got[i] = strings.TrimSpace(got[i])
				}
				if strings.Join(got, "\n") != strings.Join(tt.lines, "\n") {
					t.Errorf("says\n%s", err)
				}
			}
			if second := l.check(t.Context(), &tt.server, "ours"); (second == nil) != (err == nil) || tt.server.calls != tt.again {
				t.Errorf("the second time %v, after %d calls", second, tt.server.calls)
			}
		})
	}
}
