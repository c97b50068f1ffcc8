package main

import (
	"fmt"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// writeRepository makes root/charts.git with every chart in charts/NAME: one commit
// and tag vVERSION for each version any chart has, branch main at the last one.
// It returns the commit ids by tag and of main.
func writeRepository(root string, charts []chart) (map[string]string, error) {
	bare, tree := filepath.Join(root, "charts.git"), filepath.Join(root, "tree")
	if err := os.RemoveAll(root); err != nil {
		return nil, err
	}
	if _, err := git("", "init", "--quiet", "--initial-branch=main", "--", tree); err != nil {
		return nil, err
	}
	commits := map[string]string{}
	for _, version := range allVersions(charts) {
		for _, c := range charts {
			if err := c.checkOut(filepath.Join(tree, "charts", c.name), version); err != nil {
				return nil, err
			}
		}
		commit, err := commitAll(tree, "v"+version)
		if err != nil {
			return nil, err
		}
		commits["v"+version], commits["main"] = commit, commit
	}
	_, err := git("", "clone", "--quiet", "--bare", "--", tree, bare)
	return commits, err
}

// allVersions lists every version of any chart once, in the order they are named.
func allVersions(charts []chart) []string {
	var versions []string
	for _, c := range charts {
		for _, version := range c.versions {
			if !slices.Contains(versions, version) {
				versions = append(versions, version)
			}
		}
	}
	return versions
}

// checkOut writes one version of the chart; one the chart does not have leaves the folder as it was.
func (c chart) checkOut(folder, version string) error {
	if !slices.Contains(c.versions, version) {
		return nil
	}
	_, files, err := c.at(version)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(folder, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func commitAll(tree, tag string) (string, error) {
	if _, err := git(tree, "add", "--all"); err != nil {
		return "", err
	}
	if _, err := git(tree, "commit", "--quiet", "--allow-empty", "--message", tag); err != nil {
		return "", err
	}
	if _, err := git(tree, "tag", "--", tag); err != nil {
		return "", err
	}
	return git(tree, "rev-parse", "HEAD")
}

// git runs the program with nobody's configuration and a fixed author and date.
func git(folder string, arguments ...string) (string, error) {
	cmd := exec.Command("git", arguments...)
	cmd.Dir = folder
	date := epoch.Format(time.RFC3339)
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=testbed", "GIT_AUTHOR_EMAIL=testbed@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=testbed", "GIT_COMMITTER_EMAIL=testbed@example.com", "GIT_COMMITTER_DATE="+date,
	)
	output, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(output))
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", arguments[0], err, text)
	}
	return text, nil
}

// gitHandler serves the repositories below root read-only by git's own HTTP program.
func gitHandler(root string) (http.Handler, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	return &cgi.Handler{
		Path: program,
		Args: []string{"http-backend"},
		Root: "/git",
		Env: []string{
			"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		},
	}, nil
}
