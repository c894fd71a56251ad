{{- define "holdfast.labels" -}}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "holdfast.selector" -}}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .name }}
{{- end }}

{{- define "holdfast.fullname" -}}
{{ printf "%s-%s" .root.Release.Name .name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "holdfast.image" -}}
{{ .root.Values.image.repository }}/{{ .name }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* Where an agent of this cluster begins: any router; it redirects to the one that has the group. */}}
{{- define "holdfast.routerAddress" -}}
{{- printf "%s.%s.svc:%v" (include "holdfast.fullname" (dict "root" . "name" "replication-router")) .Release.Namespace .Values.router.service.port -}}
{{- end }}

{{/* Of one pod; kubelet replaces $(POD_NAME) and $(POD_INDEX). */}}
{{- define "holdfast.routerAdvertisedAddress" -}}
{{- $given := .Values.router.advertisedAddress -}}
{{- if and (gt (int .Values.router.replicas) 1) $given (not (contains "$(POD_INDEX)" $given)) -}}
{{- fail "router.advertisedAddress is the same for all of router.replicas: it is also a router's name towards Kafka, and two with one name throw each other out. Write $(POD_INDEX) into it, such as router-$(POD_INDEX).dr.example:9443" -}}
{{- end -}}
{{- $given | default (printf "$(POD_NAME).%s-pods.%s.svc:9443" (include "holdfast.fullname" (dict "root" . "name" "replication-router")) .Release.Namespace) -}}
{{- end }}

{{- define "holdfast.siteEnv" -}}
- name: HOLDFAST_SITE_ID
  value: {{ required "site.id is needed: the UUID of this site (make one with uuidgen)" .Values.site.id | quote }}
{{- end }}

{{/* What every service reads. heapPercent: the heap's part of the memory limit; the rest is for buffers, caches and the JVM itself. */}}
{{- define "holdfast.commonEnv" -}}
- name: QUARKUS_HTTP_HOST
  value: "0.0.0.0"
- name: QUARKUS_HTTP_PORT
  value: "8080"
- name: JAVA_TOOL_OPTIONS
  value: "-XX:MaxRAMPercentage={{ .heapPercent }} -XX:+ExitOnOutOfMemoryError"
{{- end }}

{{- define "holdfast.kafkaEnv" -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ required "kafka.bootstrapServers is needed: host:port of your Kafka cluster" .Values.kafka.bootstrapServers | quote }}
- name: HOLDFAST_KAFKA_TOPIC_PREFIX
  value: {{ .Values.kafka.topicPrefix | quote }}
# Whoever starts first creates the topics: all of them have to know how many partitions and copies.
- name: HOLDFAST_KAFKA_JOURNAL_PODS
  value: {{ .Values.journalStore.replicas | quote }}
{{- with .Values.kafka.replicationFactor }}
- name: HOLDFAST_KAFKA_REPLICATION_FACTOR
  value: {{ . | quote }}
{{- end }}
{{- range $name, $value := .Values.kafka.properties }}
- name: KAFKA_{{ $name | upper | replace "." "_" | replace "-" "_" }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "holdfast.jwtEnv" -}}
- name: MP_JWT_VERIFY_PUBLICKEY_LOCATION
  value: {{ required "auth.jwksUrl is needed: the JWKS address of your OpenID Connect provider" .Values.auth.jwksUrl | quote }}
- name: MP_JWT_VERIFY_ISSUER
  value: {{ required "auth.issuer is needed: the issuer that tokens must name" .Values.auth.issuer | quote }}
{{- end }}

{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* For Prometheus configurations that go by annotations; a PodMonitor would make them scrape twice. */}}
{{- define "holdfast.podAnnotations" -}}
{{- if not .Values.monitoring.podMonitor -}}
annotations:
  prometheus.io/scrape: "true"
  prometheus.io/port: "8080"
  prometheus.io/path: /q/metrics
{{- end }}
{{- end }}

{{/* A JVM needs a while on a busy node; after that, three failures in a row restart it. */}}
{{- define "holdfast.probes" -}}
startupProbe:
  httpGet: {path: /q/health/started, port: http}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /q/health/live, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /q/health/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{- define "holdfast.kafkaSecretEnvFrom" -}}
{{- if .Values.kafka.propertiesSecret }}
envFrom:
  - secretRef:
      name: {{ .Values.kafka.propertiesSecret }}
{{- end }}
{{- end }}
