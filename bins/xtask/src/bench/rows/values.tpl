{{- define "app.name" -}}
{{ .Values.nameOverride | default .Chart.name | trunc 63 }}
{{- end -}}
{{- define "app.labels" -}}
app.kubernetes.io/name: {{ include "app.name" . }}
app.kubernetes.io/instance: {{ .Release.name }}
app.kubernetes.io/version: {{ .Chart.version | quote }}
app.kubernetes.io/managed-by: {{ .Release.service }}
{{- end -}}
{{- define "app.image" -}}
{{ .registry }}/{{ .repository }}:{{ .tag | default "latest" }}
{{- end -}}
{{- $root := . -}}
{{- $values := .Values -}}
# Values of {{ .Release.name }} in {{ .Release.namespace }}
nameOverride: {{ template "app.name" . }}
fullnameOverride: {{ printf "%s-%s" .Release.name .Chart.name | trunc 63 | quote }}
commonLabels:
  {{- include "app.labels" . | nindent 2 }}
{{- with .Values.extraLabels }}
{{ toYaml . | indent 2 }}
{{- end }}

global:
  domain: {{ .Values.domain }}
  registry: {{ .Values.registry | default "docker.io" | quote }}
  {{- if .Values.pullSecrets }}
  imagePullSecrets:
  {{- range .Values.pullSecrets }}
    - name: {{ . }}
  {{- end }}
  {{- end }}
  storageClass: {{ .Values.storageClass | default "" | quote }}
  debug: {{ eq .Values.logLevel "debug" }}

web:
  {{- with .Values.web }}
  enabled: {{ .enabled }}
  image: {{ include "app.image" .image | quote }}
  pullPolicy: {{ .image.pullPolicy | default "IfNotPresent" }}
  {{- if and .autoscaling.enabled (gt (int .autoscaling.max) 1) }}
  autoscaling:
    enabled: true
    minReplicas: {{ .autoscaling.min }}
    maxReplicas: {{ .autoscaling.max }}
    targetCPU: {{ .autoscaling.cpu | default 80 }}
  {{- else }}
  replicas: {{ .replicas | default 1 }}
  {{- end }}
  podLabels:
    component: web
    {{- range $key, $value := .labels }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  env:
    {{- range .env }}
    - name: {{ .name | upper | replace "-" "_" }}
      value: {{ .value | quote }}
    {{- end }}
    - name: LOG_LEVEL
      value: {{ $values.logLevel | default "info" | quote }}
  service:
    type: {{ .service.type | default "ClusterIP" }}
    port: {{ .service.port }}
    {{- if eq .service.type "NodePort" }}
    nodePort: {{ add .service.port 30000 }}
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  {{- if .persistence.enabled }}
  persistence:
    size: {{ .persistence.size }}
    storageClass: {{ .persistence.storageClass | default $values.storageClass | quote }}
    accessModes:
    {{- range .persistence.accessModes }}
      - {{ . }}
    {{- end }}
  {{- end }}
  ingress:
    enabled: {{ .ingress.enabled }}
    {{- if .ingress.enabled }}
    className: {{ .ingress.className | default "nginx" }}
    annotations:
      {{- toYaml .ingress.annotations | nindent 6 }}
    hosts:
    {{- range $index, $host := .ingress.hosts }}
      - host: {{ $host }}.{{ $values.domain }}
        paths:
          - path: {{ if eq $index 0 }}/{{ else }}/{{ $host }}{{ end }}
            pathType: Prefix
    {{- else }}
      - host: {{ $root.Release.name }}.{{ $values.domain }}
    {{- end }}
    tls:
      - secretName: {{ printf "%s-tls" $root.Release.name }}
        hosts:
        {{- range .ingress.hosts }}
          - {{ printf "%s.%s" . $values.domain | quote }}
        {{- end }}
    {{- end }}
  {{- end }}

api:
  {{- with .Values.api }}
  enabled: {{ .enabled }}
  image: {{ include "app.image" .image | quote }}
  pullPolicy: {{ .image.pullPolicy | default "IfNotPresent" }}
  {{- if and .autoscaling.enabled (gt (int .autoscaling.max) 1) }}
  autoscaling:
    enabled: true
    minReplicas: {{ .autoscaling.min }}
    maxReplicas: {{ .autoscaling.max }}
    targetCPU: {{ .autoscaling.cpu | default 80 }}
  {{- else }}
  replicas: {{ .replicas | default 1 }}
  {{- end }}
  podLabels:
    component: api
    {{- range $key, $value := .labels }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  env:
    {{- range .env }}
    - name: {{ .name | upper | replace "-" "_" }}
      value: {{ .value | quote }}
    {{- end }}
    - name: LOG_LEVEL
      value: {{ $values.logLevel | default "info" | quote }}
  service:
    type: {{ .service.type | default "ClusterIP" }}
    port: {{ .service.port }}
    {{- if eq .service.type "NodePort" }}
    nodePort: {{ add .service.port 30000 }}
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  {{- if .persistence.enabled }}
  persistence:
    size: {{ .persistence.size }}
    storageClass: {{ .persistence.storageClass | default $values.storageClass | quote }}
    accessModes:
    {{- range .persistence.accessModes }}
      - {{ . }}
    {{- end }}
  {{- end }}
  config: |
    listen: 0.0.0.0:{{ .service.port }}
    {{- range $key, $value := .config }}
    {{ $key }} = {{ $value }}
    {{- end }}
  checksum: {{ toJson .config | sha256sum }}
  probes:
    {{- with .probes }}
    liveness:
      path: {{ .path }}
      delay: {{ .delay | default 10 }}
    readiness:
      path: {{ .path }}
      delay: {{ .delay | default 10 }}
    {{- end }}
  {{- end }}

worker:
  {{- with .Values.worker }}
  enabled: {{ .enabled }}
  image: {{ include "app.image" .image | quote }}
  pullPolicy: {{ .image.pullPolicy | default "IfNotPresent" }}
  {{- if and .autoscaling.enabled (gt (int .autoscaling.max) 1) }}
  autoscaling:
    enabled: true
    minReplicas: {{ .autoscaling.min }}
    maxReplicas: {{ .autoscaling.max }}
    targetCPU: {{ .autoscaling.cpu | default 80 }}
  {{- else }}
  replicas: {{ .replicas | default 1 }}
  {{- end }}
  podLabels:
    component: worker
    {{- range $key, $value := .labels }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  env:
    {{- range .env }}
    - name: {{ .name | upper | replace "-" "_" }}
      value: {{ .value | quote }}
    {{- end }}
    - name: LOG_LEVEL
      value: {{ $values.logLevel | default "info" | quote }}
  service:
    type: {{ .service.type | default "ClusterIP" }}
    port: {{ .service.port }}
    {{- if eq .service.type "NodePort" }}
    nodePort: {{ add .service.port 30000 }}
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  {{- if .persistence.enabled }}
  persistence:
    size: {{ .persistence.size }}
    storageClass: {{ .persistence.storageClass | default $values.storageClass | quote }}
    accessModes:
    {{- range .persistence.accessModes }}
      - {{ . }}
    {{- end }}
  {{- end }}
  queues:
    {{- range $index, $queue := .queues }}
    {{- if $queue.enabled }}
    - name: {{ $queue.name | lower }}
      priority: {{ $index | add1 }}
      concurrency: {{ mul $queue.concurrency 2 }}
      {{- if not (empty $queue.topics) }}
      topics: {{ join "," $queue.topics | quote }}
      {{- end }}
    {{- end }}
    {{- end }}
  {{- end }}

database:
  {{- with .Values.database }}
  enabled: {{ .enabled }}
  image: {{ include "app.image" .image | quote }}
  pullPolicy: {{ .image.pullPolicy | default "IfNotPresent" }}
  {{- if and .autoscaling.enabled (gt (int .autoscaling.max) 1) }}
  autoscaling:
    enabled: true
    minReplicas: {{ .autoscaling.min }}
    maxReplicas: {{ .autoscaling.max }}
    targetCPU: {{ .autoscaling.cpu | default 80 }}
  {{- else }}
  replicas: {{ .replicas | default 1 }}
  {{- end }}
  podLabels:
    component: database
    {{- range $key, $value := .labels }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
  env:
    {{- range .env }}
    - name: {{ .name | upper | replace "-" "_" }}
      value: {{ .value | quote }}
    {{- end }}
    - name: LOG_LEVEL
      value: {{ $values.logLevel | default "info" | quote }}
  service:
    type: {{ .service.type | default "ClusterIP" }}
    port: {{ .service.port }}
    {{- if eq .service.type "NodePort" }}
    nodePort: {{ add .service.port 30000 }}
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  {{- if .persistence.enabled }}
  persistence:
    size: {{ .persistence.size }}
    storageClass: {{ .persistence.storageClass | default $values.storageClass | quote }}
    accessModes:
    {{- range .persistence.accessModes }}
      - {{ . }}
    {{- end }}
  {{- end }}
  auth:
    database: {{ .auth.database | default $root.Release.name }}
    username: {{ .auth.username | quote }}
    secret: {{ printf "%s-database" $root.Release.name }}
    password: {{ .auth.password | b64enc }}
  url: {{ printf "postgres://%s@%s-database:%d/%s" .auth.username $root.Release.name .service.port .auth.database }}
  backups:
    {{- range .backups }}
    - schedule: {{ .schedule | quote }}
      keep: {{ .keep }}
      {{- if .bucket }}
      bucket: {{ .bucket }}/{{ $root.Release.namespace }}/{{ .schedule | sha256sum | trunc 8 }}
      {{- end }}
    {{- end }}
  {{- end }}

monitoring:
  {{- with .Values.monitoring }}
  enabled: {{ .enabled }}
  interval: {{ .interval | default "30s" }}
  labels:
    {{- toYaml .labels | nindent 4 }}
  rules:
  {{- range $name, $rule := .rules }}
    - alert: {{ $name }}
      expr: {{ $rule.expr | squote }}
      for: {{ $rule.for | default "5m" }}
      labels:
        severity: {{ $rule.severity }}
      annotations:
        summary: {{ printf "%s of %s" $name $root.Release.name | quote }}
        {{- if or (eq $rule.severity "critical") (eq $rule.severity "page") }}
        runbook: https://{{ $values.domain }}/runbooks/{{ $name | lower }}
        {{- end }}
  {{- end }}
  {{- end }}

jobs:
  {{- range $job := .Values.jobs }}
  {{- if not $job.suspended }}
  - name: {{ $root.Release.name }}-{{ $job.name }}
    schedule: {{ $job.schedule | quote }}
    command: [{{ range $i, $word := $job.command }}{{ if $i }}, {{ end }}{{ $word | quote }}{{ end }}]
    timeout: {{ $job.timeout | default 600 }}
    {{- if hasKey $job "resources" }}
    resources:
      {{- toYaml $job.resources | nindent 6 }}
    {{- end }}
  {{- else }}
  # {{ $job.name }} is suspended
  {{- end }}
  {{- else }}
  []
  {{- end }}

users:
  {{- range .Values.users }}
  - name: {{ .name | quote }}
    email: {{ .email | default (printf "%s@%s" .name $values.domain) | lower | quote }}
    role: {{ ternary "admin" "member" .admin }}
    {{- if gt (len .groups) 0 }}
    groups: [{{ join ", " .groups }}]
    {{- end }}
  {{- end }}

network:
  policies:
    {{- $count := 0 }}
    {{- range $from, $targets := .Values.network }}
    {{- range $targets }}
    {{- $count = add1 $count }}
    - name: {{ $from }}-to-{{ . }}
      from: {{ $from }}
      to: {{ . }}
    {{- end }}
    {{- end }}
  total: {{ $count }}
notes: |
  Release {{ .Release.name }} of {{ .Chart.name }} {{ .Chart.version }}
  {{- range $index, $line := splitList "\n" .Values.notes }}
  {{ $index }}: {{ $line | trim }}
  {{- end }}
