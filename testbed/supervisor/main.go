// Supervisor runs the servers of a test cluster and outlives nobody.
//
// It makes a data folder, then obeys one JSON request a line on standard input
// and reports one JSON event a line on standard output. When standard input
// ends, because whoever held the other end closed it or was killed, or when a
// signal asks it to stop, it kills every server with its process group,
// removes the data folder and ends.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

// request is what the owner asks for.
type request struct {
	Op   string            `json:"op"` // "keys", "start" or "stop"
	Name string            `json:"name"`
	Argv []string          `json:"argv"`
	Env  map[string]string `json:"env"`
}

// event is what the owner is told.
type event struct {
	Event  string `json:"event"` // "ready", "keys", "started", "exited" or "failed"
	Name   string `json:"name,omitempty"`
	Dir    string `json:"dir,omitempty"`
	Pid    int    `json:"pid,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// out serialises events; a broken pipe is no reason to stop before the end of input.
var out struct {
	sync.Mutex
	*json.Encoder
}

func report(e event) {
	out.Lock()
	defer out.Unlock()
	_ = out.Encode(e)
}

func init() {
	// A parent-death signal fires when the starting thread ends, so all
	// servers are started from the thread that lives as long as the process.
	runtime.LockOSThread()
}

func main() {
	out.Encoder = json.NewEncoder(os.Stdout)
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	dir, err := os.MkdirTemp("", "dploy-testbed-")
	if err != nil {
		report(event{Event: "failed", Detail: err.Error()})
		os.Exit(1)
	}
	report(event{Event: "ready", Dir: dir, Pid: os.Getpid()})

	servers := newServers(dir)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	requests := read(os.Stdin)
	for {
		select {
		case r, open := <-requests:
			if open {
				serve(servers, dir, r)
				continue
			}
		case <-stop:
		}
		break
	}
	servers.stopAll()
	if err := remove(dir); err != nil {
		os.Exit(1)
	}
}

// read delivers requests until the end of input.
func read(f *os.File) <-chan request {
	requests := make(chan request)
	go func() {
		defer close(requests)
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r request
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				report(event{Event: "failed", Detail: err.Error()})
				continue
			}
			requests <- r
		}
	}()
	return requests
}

// serve carries out one request on the main thread.
func serve(servers *servers, dir string, r request) {
	var err error
	switch r.Op {
	case "keys":
		if err = writeKeys(dir); err == nil {
			report(event{Event: "keys"})
		}
	case "start":
		err = servers.start(r)
	case "stop":
		servers.stop(r.Name)
	default:
		report(event{Event: "failed", Name: r.Name, Detail: "unknown op " + r.Op})
	}
	if err != nil {
		report(event{Event: "failed", Name: r.Name, Detail: err.Error()})
	}
}
