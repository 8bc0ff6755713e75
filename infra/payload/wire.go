package payload

import (
	"context"

	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Interceptor encrypts whatever a Temporal client sends and decrypts what it gets: payloads wherever they are, and the
// messages and stack traces of failures. Nothing above it (clients, workers, who reads histories) needs to know.
//
// It must be the outermost interceptor, grpc.WithUnaryInterceptor: inside the SDK's retries it would encrypt twice.
func (c *Codec) Interceptor() (grpc.UnaryClientInterceptor, error) {
	failures, err := converter.NewFailureGRPCClientInterceptor(converter.NewFailureGRPCClientInterceptorOptions{EncodeCommonAttributes: true})
	if err != nil {
		return nil, err
	}
	payloads, err := converter.NewPayloadCodecGRPCClientInterceptor(converter.PayloadCodecGRPCClientInterceptorOptions{Codecs: []converter.PayloadCodec{c}})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if m, ok := req.(proto.Message); ok {
			req = proto.Clone(m) // the caller may send the same message again
		}
		inner := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, opts ...grpc.CallOption) error {
			return payloads(ctx, method, req, reply, cc, invoke, opts...)
		}
		return failures(ctx, method, req, reply, cc, inner, opts...)
	}, nil
}
