{{ .tree | toJson }}
