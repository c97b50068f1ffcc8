// Package v1 has the name that Kubernetes' metadata has in printed types.
package v1

// ObjectMeta is the part of an object's metadata that templates may read.
type ObjectMeta struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}
