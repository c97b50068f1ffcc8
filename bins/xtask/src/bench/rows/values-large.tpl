user: {{ .Owner | quote }}
email: {{ .Claims.email | default "nobody@example.com" | quote }}
repository: {{ .Params.repository | quote }}
image: {{ .Config.Values.registry }}/vscode
ingress:
  host: {{ .Host }}
template: {{ .Template.Name }}/{{ .Template.Spec.OwnerClaim }}
