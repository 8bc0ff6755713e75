{{- define "madx.labels" -}}
app.kubernetes.io/name: madx-worker
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "madx.serviceAccount" -}}
{{ if .Values.serviceAccount.create }}{{ .Release.Name }}-madx{{ else }}default{{ end }}
{{- end }}

{{- define "madx.env" -}}
- {name: TEMPORAL_ADDRESS, value: {{ required "temporal.address: host:port of Temporal's frontend" .Values.temporal.address | quote }}}
- {name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }}}
- {name: MADX_STORE_URI, value: {{ required "store.uri: the bucket for artifacts, s3://bucket/prefix" .Values.store.uri | quote }}}
- {name: AWS_REGION, value: {{ .Values.store.region | quote }}}
- {name: MADX_STORE_PATH_STYLE, value: {{ .Values.store.pathStyle | quote }}}
{{- with .Values.store.endpoint }}
- {name: MADX_STORE_ENDPOINT, value: {{ . | quote }}}
- {name: MADX_STORE_CHECKSUMS, value: when_required}
{{- end }}
{{- with .Values.store.sse }}
- {name: MADX_STORE_SSE, value: {{ . | quote }}}
{{- end }}
{{- with .Values.temporal.apiKeySecret }}
- {name: TEMPORAL_API_KEY, valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: api-key}}}
{{- end }}
{{- with .Values.payloadKeySecret }}
- {name: MADX_PAYLOAD_KEY, valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: payload-key}}}
{{- end }}
{{- with .Values.otlpEndpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- if .Values.temporal.tlsSecret }}
- {name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/madx/tls/tls.crt}
- {name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/madx/tls/tls.key}
- {name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/madx/tls/ca.crt}
{{- end }}
{{- end }}

{{- /* What runs in a worker's pod. Arguments: root, kind (train or data), args. */}}
{{- define "madx.podTemplate" -}}
{{- $root := .root }}
{{- $values := index $root.Values .kind }}
metadata:
  labels:
    {{- include "madx.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .kind }}
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ $root.Values.metricsPort | quote }}
spec:
  serviceAccountName: {{ include "madx.serviceAccount" $root }}
  terminationGracePeriodSeconds: {{ add $root.Values.drainSeconds 30 }}
  securityContext: {runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001}
  {{- if .job }}
  restartPolicy: Never
  {{- end }}
  containers:
    - name: worker
      image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag }}"
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args:
        - worker
        - --drain={{ $root.Values.drainSeconds }}s
        - --metrics-addr=:{{ $root.Values.metricsPort }}
        - --log-format=json
        {{- with $root.Values.deployment }}
        - --deployment={{ . }}
        {{- with $root.Values.buildId }}
        - --build-id={{ . }}
        {{- end }}
        {{- end }}
        {{- range .args }}
        - {{ . }}
        {{- end }}
      env:
        {{- include "madx.env" $root | nindent 8 }}
      {{- with $root.Values.store.credentialsSecret }}
      envFrom:
        - secretRef: {name: {{ . | quote }}}
      {{- end }}
      ports:
        - {name: metrics, containerPort: {{ $root.Values.metricsPort }}}
      livenessProbe:
        httpGet: {path: /healthz, port: metrics}
        initialDelaySeconds: 30
        periodSeconds: 20
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 15
        timeoutSeconds: 6
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      volumeMounts:
        - {name: scratch, mountPath: /home/madx/data}
        {{- if $root.Values.temporal.tlsSecret }}
        - {name: temporal-tls, mountPath: /etc/madx/tls, readOnly: true}
        {{- end }}
  volumes:
    - name: scratch
      emptyDir: {sizeLimit: {{ $values.scratch }}}
    {{- with $root.Values.temporal.tlsSecret }}
    - name: temporal-tls
      secret: {secretName: {{ . | quote }}}
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "madx.trainArgs" -}}
- --no-data
- --device={{ .Values.train.device }}
- --threads={{ .Values.train.threads }}
{{- end }}

{{- /* A fixed number of workers. Arguments as above. */}}
{{- define "madx.deployment" -}}
{{- $root := .root }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $root.Release.Name }}-madx-{{ .kind }}
  labels:
    {{- include "madx.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .kind }}
spec:
  replicas: {{ (index $root.Values .kind).replicas }}
  # A new version takes over machine by machine: there may be none to spare.
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  selector:
    matchLabels:
      app.kubernetes.io/name: madx-worker
      app.kubernetes.io/instance: {{ $root.Release.Name }}
      app.kubernetes.io/component: {{ .kind }}
  template:
    {{- include "madx.podTemplate" . | nindent 4 }}
{{- end }}
