package payload

import (
	"context"
	"net"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// echo is a Temporal that gives back what it was sent, after a failure or two.
type echo struct {
	workflowservice.UnimplementedWorkflowServiceServer
	fail int
	seen []*workflowservice.RespondActivityTaskFailedRequest
}

func (e *echo) RespondActivityTaskFailed(_ context.Context, in *workflowservice.RespondActivityTaskFailedRequest) (*workflowservice.RespondActivityTaskFailedResponse, error) {
	e.seen = append(e.seen, proto.Clone(in).(*workflowservice.RespondActivityTaskFailedRequest))
	if e.fail--; e.fail >= 0 {
		return nil, status.Error(codes.Unavailable, "busy")
	}
	return &workflowservice.RespondActivityTaskFailedResponse{}, nil
}

func (e *echo) GetWorkflowExecutionHistory(context.Context, *workflowservice.GetWorkflowExecutionHistoryRequest) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	failed := &history.ActivityTaskFailedEventAttributes{Failure: e.seen[len(e.seen)-1].Failure}
	return &workflowservice.GetWorkflowExecutionHistoryResponse{History: &history.History{Events: []*history.HistoryEvent{
		{Attributes: &history.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: failed}}}}}, nil
}

// What goes over the wire cannot be read; what comes back is as it was, also after the same message was sent twice.
func TestNothingPlainGoesOverTheWire(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, e := grpc.NewServer(), &echo{fail: 1}
	workflowservice.RegisterWorkflowServiceServer(server, e)
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	intercept, err := codec(t, "a").Interceptor()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(intercept))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	details, err := converter.GetDefaultDataConverter().ToPayloads("readable details")
	if err != nil {
		t.Fatal(err)
	}
	req := &workflowservice.RespondActivityTaskFailedRequest{Namespace: "n", LastHeartbeatDetails: details, Failure: &failure.Failure{
		Message: "readable message", StackTrace: "readable trace", Cause: &failure.Failure{Message: "readable cause"},
		FailureInfo: &failure.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failure.ApplicationFailureInfo{Type: "Store", Details: proto.Clone(details).(*common.Payloads)}}}}
	before := proto.Clone(req)
	client := workflowservice.NewWorkflowServiceClient(conn)
	if _, err := client.RespondActivityTaskFailed(t.Context(), req); status.Code(err) != codes.Unavailable {
		t.Fatalf("%v, want it to be unavailable once", err)
	}
	if _, err := client.RespondActivityTaskFailed(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	out, err := client.GetWorkflowExecutionHistory(t.Context(), &workflowservice.GetWorkflowExecutionHistoryRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(req, before) {
		t.Error("the caller's message was changed")
	}
	for _, seen := range e.seen {
		if text := seen.String(); strings.Contains(text, "readable") {
			t.Errorf("the server reads %s", text)
		}
	}
	got := out.History.Events[0].GetActivityTaskFailedEventAttributes().Failure
	if got.Message != "readable message" || got.StackTrace != "readable trace" || got.Cause.Message != "readable cause" {
		t.Errorf("came back as %v", got)
	}
	var text string
	if err := converter.GetDefaultDataConverter().FromPayloads(got.GetApplicationFailureInfo().Details, &text); err != nil || text != "readable details" {
		t.Errorf("details %q, %v", text, err)
	}
}
