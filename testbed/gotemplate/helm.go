package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

// An include may stand within itself this often.
const deepest = 1000

// addHelm gives a template the functions that Helm 3 and 4 add, with their results.
func addHelm(parent *template.Template) {
	active := map[string]int{}
	functions := template.FuncMap{
		"toYaml":        toYaml,
		"fromYaml":      fromText(yamlInto[map[string]any]),
		"fromYamlArray": fromTextArray(yamlInto[[]any]),
		"toJson":        toJSON,
		"fromJson":      fromText(jsonInto[map[string]any]),
		"fromJsonArray": fromTextArray(jsonInto[[]any]),
		"required":      required,
	}
	maps.Copy(functions, recursive(parent, active))
	parent.Funcs(functions)
}

func recursive(parent *template.Template, active map[string]int) template.FuncMap {
	return template.FuncMap{"include": include(parent, active), "tpl": tpl(parent, active)}
}

func include(parent *template.Template, active map[string]int) func(string, any) (string, error) {
	return func(name string, data any) (string, error) {
		if active[name] > deepest {
			return "", fmt.Errorf("%s includes itself without end", name)
		}
		active[name]++
		var out strings.Builder
		err := parent.ExecuteTemplate(&out, name, data)
		active[name]--
		return out.String(), err
	}
}

// tpl renders a text that sees the templates of the text it stands in, and keeps its own to itself.
func tpl(parent *template.Template, active map[string]int) func(string, any) (string, error) {
	return func(text string, data any) (string, error) {
		clone, err := parent.Clone()
		if err != nil {
			return "", err
		}
		clone.Funcs(recursive(clone, active))
		inner, err := clone.New(parent.Name()).Parse(text)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		if err := inner.Execute(&out, data); err != nil {
			return "", err
		}
		return strings.ReplaceAll(out.String(), "<no value>", ""), nil
	}
}

func required(message string, value any) (any, error) {
	if value == nil || value == "" {
		return value, errors.New(message)
	}
	return value, nil
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func yamlInto[T any](text []byte, value *T) error { return yaml.Unmarshal(text, value) }
func jsonInto[T any](text []byte, value *T) error { return json.Unmarshal(text, value) }

// fromText reads a mapping; what cannot be read is told in its entry Error.
func fromText(parse func([]byte, *map[string]any) error) func(string) map[string]any {
	return func(text string) map[string]any {
		value := map[string]any{}
		if err := parse([]byte(text), &value); err != nil {
			value["Error"] = err.Error()
		}
		return value
	}
}

// fromTextArray reads a list; what cannot be read is told in its only item.
func fromTextArray(parse func([]byte, *[]any) error) func(string) []any {
	return func(text string) []any {
		value := []any{}
		if err := parse([]byte(text), &value); err != nil {
			return []any{err.Error()}
		}
		return value
	}
}
