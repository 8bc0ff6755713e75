package telemetry

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	bridge "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	temporalotel "go.temporal.io/sdk/contrib/opentelemetry"
)

// Metrics are the figures of one process.
type Metrics struct {
	registry *prometheus.Registry
	temporal client.MetricsHandler

	running  *prometheus.GaugeVec
	steps    *prometheus.CounterVec
	progress *prometheus.GaugeVec
	tokens   *prometheus.GaugeVec
	loss     *prometheus.GaugeVec
	heldOut  *prometheus.GaugeVec
	resident *prometheus.GaugeVec
	rolled   *prometheus.CounterVec

	checkpoints       *prometheus.CounterVec
	checkpointSeconds *prometheus.HistogramVec

	attempts       *prometheus.CounterVec
	ends           *prometheus.CounterVec
	attemptSeconds *prometheus.HistogramVec

	storeRequests *prometheus.CounterVec
	storeSeconds  *prometheus.HistogramVec
	storeBytes    *prometheus.CounterVec
}

// training are the labels of a trainer's figures.
var training = []string{"sweep", "stage", "lang", "task"}

// NewMetrics makes the figures of this program's version.
func NewMetrics(version string) (*Metrics, error) {
	r := prometheus.NewRegistry()
	m := &Metrics{registry: r}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(v)
		return v
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		r.MustRegister(v)
		return v
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		r.MustRegister(v)
		return v
	}
	gauge("madx_build_info", "1, with the program's version.", "version").WithLabelValues(version).Set(1)

	m.running = gauge("madx_trainers_running", "Trainer processes under way.", "device", "stage")
	m.steps = counter("madx_training_steps_total", "Optimiser steps made (batches scored, in an evaluation).", training...)
	m.progress = gauge("madx_training_progress_ratio", "Steps made of all steps of the training under way, 0 to 1.", training...)
	m.tokens = gauge("madx_training_tokens_per_second", "Tokens read a second, without padding, by the training under way.", training...)
	m.loss = gauge("madx_training_loss", "Mean training loss since the report before, in nats.", training...)
	m.heldOut = gauge("madx_training_held_out_loss", "The newest held-out loss of the training under way, in nats.", training...)
	m.resident = gauge("madx_trainer_resident_bytes", "Resident memory of the trainer.", training...)
	m.rolled = counter("madx_training_rollbacks_total", "Times a training went back to an earlier step because of NaN or a spike.", training...)

	m.checkpoints = counter("madx_checkpoints_total", "Checkpoints that trainers wrote.", "stage")
	m.checkpointSeconds = histogram("madx_checkpoint_seconds", "Time a training stood still for one checkpoint to be written to the local disk.",
		[]float64{.01, .03, .1, .3, 1, 3, 10, 30}, "stage")

	m.attempts = counter("madx_attempts_total", "Attempts of activities begun.", "activity")
	m.ends = counter("madx_attempts_ended_total", "Attempts ended, by cause: done, cancelled, or the cause of the failure.", "activity", "cause")
	m.attemptSeconds = histogram("madx_attempt_seconds", "Duration of attempts.", []float64{1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600}, "activity")

	m.storeRequests = counter("madx_store_requests_total", "Operations on the store, by outcome: ok, absent, exists or error.", "op", "outcome")
	m.storeSeconds = histogram("madx_store_seconds", "Duration of operations on the store; of a get, until its last byte is read.", []float64{.01, .03, .1, .3, 1, 3, 10, 60, 300}, "op")
	m.storeBytes = counter("madx_store_bytes_total", "Bytes of objects sent (put) and read (get), by the first part of the key: artifacts, checkpoints, inputs, sweeps.", "op", "kind")

	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m, m.bridgeTemporal()
}

// temporalBuckets are seconds: the SDK times requests of milliseconds and workflows of days alike.
var temporalBuckets = []float64{.005, .02, .1, .5, 2, 10, 60, 600, 3600, 24 * 3600}

// bridgeTemporal takes the SDK's own metrics into the same registry.
func (m *Metrics) bridgeTemporal() error {
	exporter, err := bridge.New(bridge.WithRegisterer(m.registry), bridge.WithoutScopeInfo(), bridge.WithoutTargetInfo())
	if err != nil {
		return fmt.Errorf("metrics of Temporal's SDK: %w", err)
	}
	seconds := metric.NewView(metric.Instrument{Kind: metric.InstrumentKindHistogram},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: temporalBuckets}})
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(seconds))
	m.temporal = temporalotel.NewMetricsHandler(temporalotel.MetricsHandlerOptions{
		Meter: provider.Meter("temporal-sdk-go"), UseMonotonicCounters: true, OnError: func(error) {}})
	return nil
}

// Temporal is the handler for client.Options: the SDK's own metrics, named temporal_….
func (m *Metrics) Temporal() client.MetricsHandler { return m.temporal }

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// AttemptBegan counts an attempt of an activity.
func (m *Metrics) AttemptBegan(activity string) {
	if m != nil {
		m.attempts.WithLabelValues(activity).Inc()
	}
}

// AttemptEnded counts the end of one: cause is "done", "cancelled" or why it failed.
func (m *Metrics) AttemptEnded(activity, cause string, took time.Duration) {
	if m != nil {
		m.ends.WithLabelValues(activity, cause).Inc()
		m.attemptSeconds.WithLabelValues(activity).Observe(took.Seconds())
	}
}
