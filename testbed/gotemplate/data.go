package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"testbed/gotemplate/v1alpha1"
)

// typed holds the Go types that JSON has no notation for: objects with just one of these keys.
var typed = map[string]func(json.RawMessage) (any, error){
	"$int64":     decode[int64],
	"$uint64":    decode[uint64],
	"$strings":   decodeList[string],
	"$ints":      decodeList[int],
	"$stringmap": decode[map[string]string],
	"$template":  decode[v1alpha1.DployTemplate],
	"$time":      decode[time.Time],
	"$float64":   decodeFloat,
	"$bytes":     decodeBytes,
}

// read makes the data of a template from its JSON notation.
func read(text json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return build(value)
}

func build(value any) (any, error) {
	switch value := value.(type) {
	case json.Number:
		if strings.ContainsAny(value.String(), ".eE") {
			return value.Float64()
		}
		return strconv.Atoi(value.String())
	case []any:
		for i := range value {
			item, err := build(value[i])
			if err != nil {
				return nil, err
			}
			value[i] = item
		}
		return slices.Clip(value), nil
	case map[string]any:
		return buildObject(value)
	}
	return value, nil
}

func buildObject(object map[string]any) (any, error) {
	for key, value := range object {
		if len(object) == 1 && strings.HasPrefix(key, "$") {
			make, known := typed[key]
			if !known {
				return nil, fmt.Errorf("unknown type %s", key)
			}
			text, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			return make(text)
		}
		built, err := build(value)
		if err != nil {
			return nil, err
		}
		object[key] = built
	}
	return object, nil
}

func decode[T any](text json.RawMessage) (any, error) {
	var value T
	err := json.Unmarshal(text, &value)
	return value, err
}

// decodeList leaves no room behind the last item: sprig's slice would show it.
func decodeList[T any](text json.RawMessage) (any, error) {
	var value []T
	err := json.Unmarshal(text, &value)
	return slices.Clip(value), err
}

func decodeFloat(text json.RawMessage) (any, error) {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return nil, err
	}
	return strconv.ParseFloat(digits, 64)
}

func decodeBytes(text json.RawMessage) (any, error) {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return nil, err
	}
	content, err := hex.DecodeString(digits)
	return string(content), err
}
