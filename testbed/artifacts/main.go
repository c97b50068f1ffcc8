// Artifacts serves Helm charts on one loopback port, by plain HTTP, in the three
// ways a GitOps engine fetches them: a chart repository (/charts/index.yaml), a
// git repository (/git/charts.git) and an OCI registry (oci://HOST/charts/NAME).
//
// GET / tells what is offered; so does the file named by -ready, which appears
// when everything can be fetched.
package main

import (
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
)

//go:embed all:charts
var embedded embed.FS

// offer is what GET / and the ready file tell.
type offer struct {
	// ChartRepository is the URL of a HelmRepository.
	ChartRepository string `json:"chartRepository"`
	// GitRepository is the URL to clone; charts lie in charts/NAME.
	GitRepository string `json:"gitRepository"`
	// OCIRegistry is the URL below which each chart is a repository.
	OCIRegistry string `json:"ociRegistry"`
	// Commits are the commit ids by tag (vVERSION) and of branch main.
	Commits map[string]string `json:"commits"`
	// Charts are the versions of each chart, oldest first.
	Charts map[string][]string `json:"charts"`
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	folder := flag.String("charts", "", "folder of chart folders to serve instead of the built-in ones")
	data := flag.String("data", ".", "folder to keep the git repository in")
	ready := flag.String("ready", "", "file to write the offer to when everything is served")
	flag.Parse()
	if err := run(*listen, *folder, *data, *ready); err != nil {
		log.Fatal(err)
	}
}

func run(listen, folder, data, ready string) error {
	source, err := fs.Sub(embedded, "charts")
	if folder != "" {
		source, err = os.DirFS(folder), nil
	}
	if err != nil {
		return err
	}
	charts, err := readCharts(source)
	if err != nil {
		return err
	}
	commits, err := writeRepository(filepath.Join(data, "git"), charts)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	offered := describe(listener.Addr().String(), charts, commits)
	index, err := newChartRepository(offered.ChartRepository, charts)
	if err != nil {
		return err
	}
	git, err := gitHandler(filepath.Join(data, "git"))
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.Handle("/charts/", http.StripPrefix("/charts/", index))
	routes.Handle("/git/", git)
	routes.Handle("/v2/", registry.New(registry.Logger(log.New(os.Stderr, "", 0))))
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(offered)
	})
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(listener, routes) }()
	if err := push(listener.Addr().String(), charts); err != nil {
		return err
	}
	if err := announce(offered, ready); err != nil {
		return err
	}
	return <-failed
}

func describe(address string, charts []chart, commits map[string]string) offer {
	o := offer{
		ChartRepository: fmt.Sprintf("http://%s/charts", address),
		GitRepository:   fmt.Sprintf("http://%s/git/charts.git", address),
		OCIRegistry:     fmt.Sprintf("oci://%s/charts", address),
		Commits:         commits,
		Charts:          map[string][]string{},
	}
	for _, c := range charts {
		o.Charts[c.name] = c.versions
	}
	return o
}

// announce prints the offer and, so that no reader sees half of it, renames the finished file into place.
func announce(o offer, ready string) error {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(strings.TrimSpace(string(text)))
	if ready == "" {
		return nil
	}
	if err := os.WriteFile(ready+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(ready+".new", ready)
}
