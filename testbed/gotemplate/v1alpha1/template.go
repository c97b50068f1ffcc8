// Package v1alpha1 has dploy's template object as templates see it.
package v1alpha1

import v1 "testbed/gotemplate/v1"

// DployTemplate is one entry of the catalog.
type DployTemplate struct {
	v1.ObjectMeta `json:"metadata"`
	Spec          DployTemplateSpec `json:"spec"`
}

// DployTemplateSpec says what instances of the template are made of.
type DployTemplateSpec struct {
	DisplayName               string          `json:"displayName"`
	Description               string          `json:"description"`
	Icon                      string          `json:"icon"`
	Category                  string          `json:"category"`
	Enabled                   bool            `json:"enabled"`
	Visible                   bool            `json:"visible"`
	OwnerClaim                string          `json:"ownerClaim"`
	Method                    string          `json:"method"`
	Pool                      *PoolSpec       `json:"pool"`
	Engine                    string          `json:"engine"`
	Chart                     ChartSpec       `json:"chart"`
	ValuesTemplate            string          `json:"valuesTemplate"`
	ValueFiles                []string        `json:"valueFiles"`
	ConnectionURLTemplate     string          `json:"connectionURLTemplate"`
	ConnectionMessageTemplate string          `json:"connectionMessageTemplate"`
	ConnectionType            string          `json:"connectionType"`
	TTL                       TTLSpec         `json:"ttl"`
	MaxInstancesPerUser       *int            `json:"maxInstancesPerUser"`
	Parameters                []ParameterSpec `json:"parameters"`
}

// PoolSpec keeps instances ready.
type PoolSpec struct {
	Size    int  `json:"size"`
	MaxSize int  `json:"maxSize"`
	Recycle bool `json:"recycle"`
}

// ChartSpec says where the chart is.
type ChartSpec struct {
	Type           string `json:"type"`
	RepoURL        string `json:"repoURL"`
	Path           string `json:"path"`
	Chart          string `json:"chart"`
	TargetRevision string `json:"targetRevision"`
}

// TTLSpec says how long instances live.
type TTLSpec struct {
	Seconds       int `json:"seconds"`
	ExtendSeconds int `json:"extendSeconds"`
	MaxExtends    int `json:"maxExtends"`
}

// ParameterSpec is one question to the user.
type ParameterSpec struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Default     string `json:"default"`
}
