package integration

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"madx/workflows"
)

// recordVariable names a folder for histories: `make record-history` sets it.
const recordVariable = "MADX_RECORD_HISTORY"

// record writes the history of the sweep and of one child of each kind, for the replay test of package workflows.
// Nothing of the machine stays in them.
func (s *stack) record(result workflows.SweepResult) {
	s.t.Helper()
	dir := os.Getenv(recordVariable)
	if dir == "" {
		return
	}
	c := s.temporal()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	ids := []string{workflows.SweepID(result.Sweep)}
	stages := map[string]bool{}
	attempts := map[string]int{} // of the trainings: the one that was killed is worth most
	for _, st := range result.Steps {
		attempts[st.Stage] = max(attempts[st.Stage], st.Attempt)
	}
	for _, st := range result.Steps {
		if !stages[st.Stage] && st.Attempt == attempts[st.Stage] {
			stages[st.Stage] = true
			ids = append(ids, st.ID)
		}
	}
	for _, id := range ids {
		var h historypb.History
		events := c.GetWorkflowHistory(s.t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				s.t.Fatal(err)
			}
			h.Events = append(h.Events, e)
		}
		name := strings.ReplaceAll(strings.TrimPrefix(id, "sweep/"), "/", "-") + ".json"
		if err := os.WriteFile(filepath.Join(dir, name), s.anonymous(&h), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}

// anonymous returns a history as JSON without names of processes, memos and stack traces, none of which a replay reads.
func (s *stack) anonymous(h *historypb.History) []byte {
	s.t.Helper()
	body, err := protojson.Marshal(h)
	if err != nil {
		s.t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		s.t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, k := range []string{"memo", "stackTrace", "identity", "workerVersion", "requestId"} {
				delete(v, k)
			}
			for _, x := range v {
				walk(x)
			}
			if data, ok := v["data"].(string); ok {
				if text, err := base64.StdEncoding.DecodeString(data); err == nil && bytes.Contains(text, []byte(s.dir)) {
					s.t.Errorf("a payload tells of this machine: %s", text)
				}
			}
		}
	}
	walk(tree)
	body, err = json.Marshal(tree)
	if err != nil {
		s.t.Fatal(err)
	}
	if bytes.Contains(body, []byte(s.dir)) {
		s.t.Error("the history tells of this machine")
	}
	return append(body, '\n')
}

// A recorded history says nothing of who recorded it.
func TestRecordedHistoriesAreAnonymous(t *testing.T) {
	s := &stack{t: t, dir: "/nowhere"}
	got := s.anonymous(&historypb.History{Events: []*historypb.HistoryEvent{{EventId: 1, Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
		WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{Identity: "1@host", RequestId: "r"}}}}})
	if bytes.Contains(got, []byte("host")) || !bytes.Contains(got, []byte("eventId")) {
		t.Errorf("%s", got)
	}
}
