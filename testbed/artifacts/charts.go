package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// epoch stamps everything that is made, so that equal charts give equal bytes and commits.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// versionsAnnotation of Chart.yaml lists the versions to offer, oldest first.
const versionsAnnotation = "testbed/versions"

// chart is one chart folder and the versions it is offered in.
type chart struct {
	name     string
	versions []string
	metadata map[string]any
	files    []file
}

// file is a path below the chart folder and its content.
type file struct {
	path    string
	content []byte
}

// readCharts reads every folder that has a Chart.yaml.
func readCharts(source fs.FS) ([]chart, error) {
	files, err := fs.Glob(source, "*/Chart.yaml")
	if err != nil {
		return nil, err
	}
	var charts []chart
	for _, f := range files {
		c, err := readChart(source, path.Dir(f))
		if err != nil {
			return nil, fmt.Errorf("chart %s: %w", path.Dir(f), err)
		}
		charts = append(charts, c)
	}
	if len(charts) == 0 {
		return nil, fmt.Errorf("no chart found")
	}
	return charts, nil
}

func readChart(source fs.FS, folder string) (chart, error) {
	c := chart{name: folder}
	err := fs.WalkDir(source, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(source, name)
		c.files = append(c.files, file{strings.TrimPrefix(name, folder+"/"), content})
		return err
	})
	if err != nil {
		return c, err
	}
	metadata, err := fs.ReadFile(source, path.Join(folder, "Chart.yaml"))
	if err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(metadata, &c.metadata); err != nil {
		return c, err
	}
	if c.metadata["name"] != folder {
		return c, fmt.Errorf("its name is %v and must be that of its folder", c.metadata["name"])
	}
	c.versions = []string{fmt.Sprint(c.metadata["version"])}
	if annotations, ok := c.metadata["annotations"].(map[string]any); ok {
		if listed := strings.Fields(fmt.Sprint(annotations[versionsAnnotation])); len(listed) > 0 {
			c.versions = listed
		}
	}
	return c, nil
}

// at returns the chart's metadata and files in one of its versions.
func (c chart) at(version string) (map[string]any, []file, error) {
	metadata := map[string]any{}
	for key, value := range c.metadata {
		metadata[key] = value
	}
	metadata["version"] = version
	text, err := yaml.Marshal(metadata)
	if err != nil {
		return nil, nil, err
	}
	files := make([]file, len(c.files))
	for i, f := range c.files {
		if f.path == "Chart.yaml" {
			f.content = text
		}
		files[i] = f
	}
	return metadata, files, nil
}

// pack makes the archive of one version as `helm package` lays it out.
func (c chart) pack(version string) ([]byte, error) {
	_, files, err := c.at(version)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		header := &tar.Header{Name: c.name + "/" + f.path, Mode: 0o644, Size: int64(len(f.content)), ModTime: epoch}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// newChartRepository serves index.yaml and the archives.
func newChartRepository(url string, charts []chart) (http.Handler, error) {
	contents := map[string][]byte{}
	entries := map[string][]map[string]any{}
	for _, c := range charts {
		for _, version := range c.versions {
			metadata, _, err := c.at(version)
			if err != nil {
				return nil, err
			}
			packed, err := c.pack(version)
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("%s-%s.tgz", c.name, version)
			digest := sha256.Sum256(packed)
			contents[name] = packed
			metadata["urls"] = []string{url + "/" + name}
			metadata["digest"] = hex.EncodeToString(digest[:])
			metadata["created"] = epoch.Format(time.RFC3339)
			entries[c.name] = append(entries[c.name], metadata)
		}
	}
	index, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "generated": epoch.Format(time.RFC3339), "entries": entries,
	})
	if err != nil {
		return nil, err
	}
	contents["index.yaml"] = index
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, found := contents[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, r.URL.Path, epoch, bytes.NewReader(content))
	}), nil
}
