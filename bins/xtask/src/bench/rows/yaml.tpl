spec:
  {{- .tree | toYaml | nindent 2 }}
