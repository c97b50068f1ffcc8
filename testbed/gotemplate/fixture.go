package main

import "time"

// Sub is a struct that is reached through pointers.
type Sub struct {
	Name string
	N    int
}

// Chart is a struct with a field of each sort.
type Chart struct {
	RepoURL string            `json:"repoURL"`
	Count   int               `json:"count"`
	Labels  map[string]string `json:"labels"`
	Any     any               `json:"any"`
	Ptr     *Sub              `json:"ptr"`
	NilPtr  *Sub              `json:"nilPtr"`
}

// fixture is the data of cases that bring none; the Rust tests have the same.
func fixture() map[string]any {
	return map[string]any{
		"i": 7, "neg": -7, "i64": int64(8), "u64": uint64(1<<63 + 5),
		"f": 1.5, "fi": float64(3), "big": 1e21, "mil": float64(12345678), "small": 0.00000012,
		"t": true, "no": false, "z": 0, "zf": 0.0, "e": "", "nil": nil,
		"s": "hello", "uni": "héllo wörld ✓", "raw": "a\xffb", "num": "42",
		"html": "<a href=\"x\">&'</a>", "lines": "one\ntwo\n\nthree", "sp": " \t pad \n",
		"l": []any{1, "a", nil, 2.5, true}, "ints": []any{3, 1, 2}, "strs": []string{"x", "y", "z"}, "el": []any{},
		"m":  map[string]any{"b": 2, "a": 1, "nil": nil, "n": map[string]any{"k": "v"}},
		"sm": map[string]string{"k1": "v1", "k2": "v2"}, "em": map[string]any{},
		"mm":   []any{map[string]any{"x": 1}, map[string]any{"x": 2}},
		"st":   Chart{RepoURL: "https://x", Count: 2, Labels: map[string]string{"app": "web"}, Ptr: &Sub{"sub", 1}},
		"ptr":  &Sub{"p", 2},
		"time": time.Date(2009, 11, 10, 23, 4, 5, 123456789, time.UTC),
	}
}
