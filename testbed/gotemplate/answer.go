package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// question is the part of a case that tells what to render.
type question struct {
	Template string          `json:"template"`
	Data     json.RawMessage `json:"data"`
	Missing  string          `json:"missing"`
	Helm     bool            `json:"helm"`
	Now      *time.Time      `json:"now"`
	Zone     string          `json:"zone"`
	Tree     bool            `json:"tree"`
}

// reply is Go's answer.
type reply struct {
	Output  *string `json:"output,omitempty"`
	Hex     string  `json:"hex,omitempty"`
	JSON    *string `json:"json,omitempty"`
	Error   string  `json:"error,omitempty"`
	Line    int     `json:"line,omitempty"`
	Message string  `json:"message,omitempty"`
}

var (
	standardNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	position    = regexp.MustCompile(`^template: t:(\d+):`)
)

func failed(stage string, err error) reply {
	out := reply{Error: stage, Message: err.Error()}
	if found := position.FindStringSubmatch(out.Message); found != nil {
		out.Line, _ = strconv.Atoi(found[1])
	}
	return out
}

// answer renders a case; an error is one of the case itself.
func answer(q question) (reply, error) {
	now, err := q.clock()
	if err != nil {
		return reply{}, err
	}
	data := any(fixture())
	if q.Data != nil {
		if data, err = read(q.Data); err != nil {
			return reply{}, err
		}
	}
	parsed, err := q.parse(now)
	if err != nil {
		return failed("parse", err), nil
	}
	var out bytes.Buffer
	if err := execute(parsed, &out, data); err != nil {
		return failed("execute", err), nil
	}
	if q.Tree {
		return tree(out.Bytes()), nil
	}
	return text(out.Bytes()), nil
}

// clock sets the local zone and returns the time in it.
func (q question) clock() (time.Time, error) {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return time.Time{}, err
	}
	time.Local = zone
	if q.Now != nil {
		return q.Now.In(zone), nil
	}
	return standardNow.In(zone), nil
}

func (q question) parse(now time.Time) (*template.Template, error) {
	empty := template.New("t").Funcs(sprigs(now))
	if q.Helm {
		addHelm(empty)
	}
	if q.Missing != "" {
		empty.Option("missingkey=" + q.Missing)
	}
	return empty.Parse(q.Template)
}

// execute tells a crash of Go as an error.
func execute(parsed *template.Template, out *bytes.Buffer, data any) (err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("panic: %v", crash)
		}
	}()
	return parsed.Execute(out, data)
}

func text(content []byte) reply {
	if !utf8.Valid(content) {
		return reply{Hex: hex.EncodeToString(content)}
	}
	output := string(content)
	return reply{Output: &output}
}

// tree reads a text as Helm and Flux read values.
func tree(content []byte) reply {
	read, err := yaml.YAMLToJSON(content)
	if err != nil {
		return failed("yaml", err)
	}
	if found := string(read); found == "null" || strings.HasPrefix(found, "{") {
		return reply{JSON: &found}
	}
	return reply{Error: "mapping", Message: "not a mapping"}
}
