package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// groups are the categories that functions of Go tell apart.
var groups = []struct {
	name   string
	tables []*unicode.RangeTable
}{
	{"upper", []*unicode.RangeTable{unicode.Lu}},
	{"lower", []*unicode.RangeTable{unicode.Ll}},
	{"title", []*unicode.RangeTable{unicode.Lt}},
	{"letter", []*unicode.RangeTable{unicode.Lm, unicode.Lo}},
	{"mark", []*unicode.RangeTable{unicode.M}},
	{"digit", []*unicode.RangeTable{unicode.Nd}},
	{"number", []*unicode.RangeTable{unicode.Nl, unicode.No}},
	{"punctuation", []*unicode.RangeTable{unicode.P}},
	{"symbol", []*unicode.RangeTable{unicode.S}},
}

// writeTable writes what Go knows of Unicode: categories or cases.
func writeTable(out io.Writer, table string) error {
	switch table {
	case "categories":
		return writeCategories(out)
	case "cases":
		return writeCases(out)
	default:
		return fmt.Errorf("no table %q, expected categories or cases", table)
	}
}

// writeCategories writes a line for each group: its name and ranges of characters, in hexadecimal;
// first-last*step where only some of a range belong to the group.
func writeCategories(out io.Writer) error {
	for _, group := range groups {
		line := []string{group.name}
		in := func(r rune) bool { return unicode.In(r, group.tables...) }
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if !in(r) {
				continue
			}
			step, last := rune(1), r
			if !in(r+1) && in(r+2) && !in(r+3) && in(r+4) {
				step = 2
			}
			for in(last+step) && (step == 1 || !in(last+1)) {
				last += step
			}
			line = append(line, notation(r, last, step))
			r = last
		}
		if _, err := fmt.Fprintln(out, strings.Join(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

func notation(first, last, step rune) string {
	switch {
	case first == last:
		return fmt.Sprintf("%x", first)
	case step == 1:
		return fmt.Sprintf("%x-%x", first, last)
	default:
		return fmt.Sprintf("%x-%x*%d", first, last, step)
	}
}

// writeCases writes a line for each range of characters with another case: the range in hexadecimal and what is added
// to a character for its upper, lower and title case, or "alternating" where upper and lower case take turns.
func writeCases(out io.Writer) error {
	for _, r := range unicode.CaseRanges {
		deltas := strings.Trim(fmt.Sprint(r.Delta), "[]")
		if r.Delta[unicode.UpperCase] > unicode.MaxRune {
			deltas = "alternating"
		}
		if _, err := fmt.Fprintf(out, "%x-%x %s\n", r.Lo, r.Hi, deltas); err != nil {
			return err
		}
	}
	return nil
}
