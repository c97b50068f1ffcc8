package main

import (
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// sprigs is what templates may call: sprig's map with a fixed clock and a fixed order of keys, and toYaml.
func sprigs(now time.Time) template.FuncMap {
	functions := sprig.TxtFuncMap()
	fixClock(functions, now)
	functions["keys"] = sortedKeys
	functions["values"] = sortedValues
	functions["toYaml"] = toYaml
	return functions
}

// fixClock replaces whatever reads the clock: sprig takes the present in place of anything that is not a time.
func fixClock(functions template.FuncMap, now time.Time) {
	orNow := func(date any) any {
		switch date := date.(type) {
		case time.Time, *time.Time, int, int32, int64:
			return date
		default:
			return now
		}
	}
	date := functions["date"].(func(string, any) string)
	dateInZone := functions["dateInZone"].(func(string, any, string) string)
	htmlDate := functions["htmlDate"].(func(any) string)
	htmlDateInZone := functions["htmlDateInZone"].(func(any, string) string)
	durationRound := functions["durationRound"].(func(any) string)
	functions["now"] = func() time.Time { return now }
	functions["date"] = func(layout string, value any) string { return date(layout, orNow(value)) }
	functions["htmlDate"] = func(value any) string { return htmlDate(orNow(value)) }
	functions["htmlDateInZone"] = func(value any, zone string) string { return htmlDateInZone(orNow(value), zone) }
	inZone := func(layout string, value any, zone string) string { return dateInZone(layout, orNow(value), zone) }
	functions["dateInZone"], functions["date_in_zone"] = inZone, inZone
	functions["ago"] = func(value any) string { return now.Sub(moment(value, now)).Round(time.Second).String() }
	functions["durationRound"] = func(value any) string {
		if start, ok := value.(time.Time); ok {
			value = int64(now.Sub(start))
		}
		return durationRound(value)
	}
}

// moment reads a date as sprig's ago does, which knows fewer types than date.
func moment(value any, now time.Time) time.Time {
	switch value := value.(type) {
	case time.Time:
		return value
	case int64:
		return time.Unix(value, 0)
	case int:
		return time.Unix(int64(value), 0)
	default:
		return now
	}
}

func sortedKeys(dicts ...map[string]any) []string {
	keys := []string{}
	for _, dict := range dicts {
		keys = append(keys, slices.Sorted(maps.Keys(dict))...)
	}
	return keys
}

func sortedValues(dict map[string]any) []any {
	values := []any{}
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		values = append(values, dict[key])
	}
	return values
}

func toYaml(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
