package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"text/template"
	"time"
)

// benchFunctions makes the map of functions once, in favour of Go: callers often make it for each template.
var benchFunctions = sync.OnceValue(func() template.FuncMap { return sprigs(standardNow) })

// benchContext is the data of rows that stand for dploy's own templates.
type benchContext struct {
	Owner, UUID, BaseDomain, Host, URL, ConnectionURL, Namespace string

	Template *benchTemplate
	Params   map[string]string
	Claims   map[string]any
	Config   struct{ Values map[string]any }
}

type benchTemplate struct {
	Name   string
	Labels map[string]string
	Spec   struct {
		DisplayName, OwnerClaim, Method, Engine string
		Enabled                                 bool
	}
}

// benchRow is a folder with templates (*.tpl), which call Helm's functions if a
// file helm is there, and their data: context.json for a benchContext,
// data.json for plain JSON.
type benchRow struct {
	names, texts []string
	data         any
	helm         bool
	parsed       []*template.Template
}

// bench obeys the commands on standard input, one a line: "print" answers
// with the length of the rendered bytes and the bytes, "render N" and
// "parse N" work for N milliseconds and answer with the number of renders and
// the nanoseconds they took, "memory" answers with the peak resident set in KiB.
func bench(folder string) error {
	row, err := readRow(folder)
	if err != nil {
		return err
	}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		word, number, _ := strings.Cut(input.Text(), " ")
		var millis int64
		if number != "" {
			if _, err := fmt.Sscan(number, &millis); err != nil {
				return err
			}
		}
		limit := time.Duration(millis) * time.Millisecond
		var answer string
		switch word {
		case "print":
			answer, err = row.print()
		case "render":
			answer, err = repeat(limit, func() error { return row.render(row.parsed, nil) })
		case "parse":
			answer, err = repeat(limit, row.parseAndRender)
		case "memory":
			answer, err = peakMemory()
		default:
			err = fmt.Errorf("unknown command %q", word)
		}
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	return input.Err()
}

func readRow(folder string) (*benchRow, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.tpl"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	row := &benchRow{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		row.names = append(row.names, filepath.Base(file))
		row.texts = append(row.texts, string(text))
	}
	_, err = os.Stat(filepath.Join(folder, "helm"))
	row.helm = err == nil
	if row.data, err = readData(folder); err != nil {
		return nil, err
	}
	row.parsed, err = row.parse()
	return row, err
}

func readData(folder string) (any, error) {
	if text, err := os.ReadFile(filepath.Join(folder, "context.json")); err == nil {
		context := &benchContext{}
		return context, json.Unmarshal(text, context)
	}
	text, err := os.ReadFile(filepath.Join(folder, "data.json"))
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data any
	err = decoder.Decode(&data)
	return plain(data), err
}

// plain makes whole numbers integers and others floats.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			value[key] = plain(item)
		}
	case []any:
		for index, item := range value {
			value[index] = plain(item)
		}
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return int(whole)
		}
		fraction, _ := value.Float64()
		return fraction
	}
	return value
}

func (row *benchRow) parse() ([]*template.Template, error) {
	functions := benchFunctions()
	parsed := make([]*template.Template, 0, len(row.texts))
	for index, text := range row.texts {
		empty := template.New(row.names[index]).Funcs(functions)
		if row.helm {
			addHelm(empty)
		}
		one, err := empty.Parse(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, one)
	}
	return parsed, nil
}

// render renders each template of the row into a buffer of its own, as callers do.
func (row *benchRow) render(parsed []*template.Template, keep *bytes.Buffer) error {
	for _, one := range parsed {
		var out bytes.Buffer
		if err := one.Execute(&out, row.data); err != nil {
			return err
		}
		if keep != nil {
			keep.Write(out.Bytes())
		}
	}
	return nil
}

func (row *benchRow) parseAndRender() error {
	parsed, err := row.parse()
	if err != nil {
		return err
	}
	return row.render(parsed, nil)
}

func (row *benchRow) print() (string, error) {
	var out bytes.Buffer
	if err := row.render(row.parsed, &out); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d\n%s", out.Len(), out.String()), nil
}

func repeat(limit time.Duration, once func() error) (string, error) {
	start := time.Now()
	count := 0
	for count == 0 || time.Since(start) < limit {
		if err := once(); err != nil {
			return "", err
		}
		count++
	}
	return fmt.Sprintf("%d %d", count, time.Since(start).Nanoseconds()), nil
}

func peakMemory() (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(status)) {
		if peak, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(peak), "kB")), nil
		}
	}
	return "", fmt.Errorf("no VmHWM in /proc/self/status")
}
