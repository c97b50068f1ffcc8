owner: {{ .Owner }}
replicas: {{ .Params.size }}
motd: {{ .Params.motd }}
email: {{ .Claims.email }}
groups: {{ .Claims.groups | toJson }}
host: {{ .Host }}
