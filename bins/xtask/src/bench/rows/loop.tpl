{{- range $index, $item := .items }}
{{ if gt $index 0 }}---
{{ end }}name: {{ $item.name }}-{{ $index }}
weight: {{ $item.weight }}{{ if $item.enabled }}
enabled: {{ $.mode }}{{ end }}
{{- end }}
