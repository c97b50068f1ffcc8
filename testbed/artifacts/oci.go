package main

import (
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Media types of Helm charts in OCI registries.
const (
	chartConfig  types.MediaType = "application/vnd.cncf.helm.config.v1+json"
	chartContent types.MediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// push stores every version of every chart in the registry at address as charts/NAME:VERSION.
func push(address string, charts []chart) error {
	for _, c := range charts {
		for _, version := range c.versions {
			reference, err := name.NewTag(fmt.Sprintf("%s/charts/%s:%s", address, c.name, version), name.Insecure)
			if err != nil {
				return err
			}
			image, err := c.image(version)
			if err != nil {
				return err
			}
			if err := remote.Write(reference, image); err != nil {
				return err
			}
		}
	}
	return nil
}

// image makes what `helm push` stores: the chart's metadata as configuration and its archive as the one layer.
func (c chart) image(version string) (v1.Image, error) {
	packed, err := c.pack(version)
	if err != nil {
		return nil, err
	}
	metadata, _, err := c.at(version)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	layered, err := mutate.AppendLayers(base, static.NewLayer(packed, chartContent))
	if err != nil {
		return nil, err
	}
	annotated, ok := mutate.Annotations(layered, map[string]string{
		"org.opencontainers.image.title":   c.name,
		"org.opencontainers.image.version": version,
	}).(v1.Image)
	if !ok {
		return nil, fmt.Errorf("annotating an image gave something else")
	}
	return withConfig{annotated, config}, nil
}

// withConfig is an image whose configuration is a document of its own kind.
type withConfig struct {
	v1.Image
	config []byte
}

func (w withConfig) RawConfigFile() ([]byte, error) { return w.config, nil }
func (w withConfig) ConfigName() (v1.Hash, error)   { return partial.ConfigName(w) }
func (w withConfig) Digest() (v1.Hash, error)       { return partial.Digest(w) }
func (w withConfig) Size() (int64, error)           { return partial.Size(w) }

func (w withConfig) Manifest() (*v1.Manifest, error) {
	manifest, err := w.Image.Manifest()
	if err != nil {
		return nil, err
	}
	digest, err := w.ConfigName()
	if err != nil {
		return nil, err
	}
	changed := manifest.DeepCopy()
	changed.Config = v1.Descriptor{MediaType: chartConfig, Digest: digest, Size: int64(len(w.config))}
	return changed, nil
}

func (w withConfig) RawManifest() ([]byte, error) {
	manifest, err := w.Manifest()
	if err != nil {
		return nil, err
	}
	return json.Marshal(manifest)
}
