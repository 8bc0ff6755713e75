// Package dial makes the options of every Temporal client of the project: address, namespace, TLS or mTLS, API key,
// encryption of payloads, metrics and traces.
//
// It must not know what the client is for.
package dial

import (
	"fmt"
	"log/slog"

	"github.com/spf13/viper"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	tlog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"madx/infra/config"
	"madx/infra/payload"
	"madx/infra/telemetry"
)

// Options says how to reach Temporal. Empty fields are taken from Temporal's own environment and profile
// (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…, TEMPORAL_PROFILE, temporal.toml).
type Options struct {
	Address   string
	Namespace string
	Codec     *payload.Codec     // nil: payloads are readable on the server
	Log       *slog.Logger       // of the SDK; nil: slog's default
	Metrics   *telemetry.Metrics // nil: none
	Tracing   *telemetry.Tracing // nil: none
}

// Client returns the client's options. HostPort and Namespace stay empty where nothing names them.
func Client(o Options) (client.Options, error) {
	out, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return client.Options{}, fmt.Errorf("temporal settings: %w", err)
	}
	if o.Address != "" {
		out.HostPort = o.Address
	}
	if o.Namespace != "" {
		out.Namespace = o.Namespace
	}
	if o.Codec != nil {
		intercept, err := o.Codec.Interceptor()
		if err != nil {
			return client.Options{}, fmt.Errorf("encryption of payloads: %w", err)
		}
		out.ConnectionOptions.DialOptions = append(out.ConnectionOptions.DialOptions, grpc.WithUnaryInterceptor(intercept))
	}
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	out.Logger = tlog.NewStructuredLogger(log)
	if o.Metrics != nil {
		out.MetricsHandler = o.Metrics.Temporal()
	}
	if o.Tracing != nil {
		intercept, err := o.Tracing.Interceptor()
		if err != nil {
			return client.Options{}, fmt.Errorf("traces: %w", err)
		}
		out.Interceptors = append(out.Interceptors, intercept)
	}
	return out, nil
}

// Codec reads the key that payloads are encrypted with: payload.key_file of the settings file or MADX_PAYLOAD_KEY_FILE,
// else MADX_PAYLOAD_KEY. Without any of them there is no codec and no error. A key is never a flag or in a sweep file,
// where others would read it.
func Codec(settings *viper.Viper) (*payload.Codec, error) {
	for key, name := range map[string]string{"payload.key_file": "PAYLOAD_KEY_FILE", "payload.key": "PAYLOAD_KEY"} {
		if err := settings.BindEnv(key, config.EnvPrefix+name); err != nil {
			return nil, err
		}
	}
	if path := settings.GetString("payload.key_file"); path != "" {
		return payload.ReadKey(path)
	}
	if key := settings.GetString("payload.key"); key != "" {
		return payload.ParseKey(key)
	}
	return nil, nil
}
