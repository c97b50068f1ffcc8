// Command testbed-gotemplate answers template cases with Go's text/template, sprig and sigs.k8s.io/yaml.
//
// With "bench FOLDER" it is Go's side of cargo xtask bench template. With "unicode TABLE" it writes a file of
// dploy-template/src/unicode. Else it reads one case a line from standard input and writes each back at once, with
// Go's answer.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	_ "time/tzdata"
)

// Fields in the order in which they are written; others stand between the questions and the answers.
var (
	questions = []string{"template", "tree", "helm", "data", "missing", "now", "zone"}
	answers   = []string{"output", "hex", "json", "error", "line", "message"}
)

func main() {
	messages := flag.Bool("messages", false, "tell the text of errors too")
	flag.Parse()
	if err := run(flag.Arg(0), flag.Arg(1), *messages); err != nil {
		fmt.Fprintln(os.Stderr, "gotemplate:", err)
		os.Exit(1)
	}
}

func run(command, operand string, messages bool) error {
	switch command {
	case "bench":
		return bench(operand)
	case "unicode":
		return writeTable(os.Stdout, operand)
	default:
		return serve(os.Stdin, os.Stdout, messages)
	}
}

func serve(in io.Reader, out io.Writer, messages bool) error {
	reader := bufio.NewReader(in)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			written, err := complete(line, messages)
			if err != nil {
				return fmt.Errorf("case %d: %w", number, err)
			}
			if _, err := out.Write(written); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// complete returns the line of a case with its answer; an answer that it had is dropped.
func complete(line []byte, messages bool) ([]byte, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	given, err := answer(asked)
	if err != nil {
		return nil, err
	}
	if !messages {
		given.Message = ""
	}
	var fields, added map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, err
	}
	for _, name := range answers {
		delete(fields, name)
	}
	encoded, err := encode(given)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(encoded, &added); err != nil {
		return nil, err
	}
	maps.Copy(fields, added)
	return write(fields)
}

func write(fields map[string]json.RawMessage) ([]byte, error) {
	known := slices.Concat(questions, answers)
	other := slices.DeleteFunc(slices.Sorted(maps.Keys(fields)), func(name string) bool {
		return slices.Contains(known, name)
	})
	var line bytes.Buffer
	for _, name := range slices.Concat(questions, other, answers) {
		value, present := fields[name]
		if !present {
			continue
		}
		quoted, err := encode(name)
		if err != nil {
			return nil, err
		}
		line.WriteString(map[bool]string{true: "{", false: ","}[line.Len() == 0])
		line.Write(quoted)
		line.WriteByte(':')
		if err := json.Compact(&line, value); err != nil {
			return nil, err
		}
	}
	line.WriteString("}\n")
	return line.Bytes(), nil
}

// encode writes JSON that leaves < and > as they are.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(out.Bytes()), err
}
