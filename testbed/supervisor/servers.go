package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// servers are the running children by name, each the leader of a process group.
type servers struct {
	dir     string
	mu      sync.Mutex
	running map[string]*server
}

type server struct {
	pid  int
	done chan struct{}
}

func newServers(dir string) *servers {
	return &servers{dir: dir, running: map[string]*server{}}
}

// start runs r.Argv in the data folder with its output in <name>.log.
func (s *servers) start(r request) error {
	log, err := os.OpenFile(filepath.Join(s.dir, r.Name+".log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(r.Argv[0], r.Argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.Env = os.Environ()
	for k, v := range r.Env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.SysProcAttr = processAttributes()
	if err := cmd.Start(); err != nil {
		return err
	}
	child := &server{pid: cmd.Process.Pid, done: make(chan struct{})}
	s.mu.Lock()
	s.running[r.Name] = child
	s.mu.Unlock()
	report(event{Event: "started", Name: r.Name, Pid: child.pid})
	go func() {
		_ = cmd.Wait()
		killGroup(child.pid)
		s.mu.Lock()
		if s.running[r.Name] == child {
			delete(s.running, r.Name)
		}
		s.mu.Unlock()
		// Reported before anyone may start a server of the same name again.
		report(event{Event: "exited", Name: r.Name, Pid: child.pid, Detail: cmd.ProcessState.String()})
		close(child.done)
	}()
	return nil
}

// stop kills one server's process group and waits for it; an unknown name is already stopped.
func (s *servers) stop(name string) {
	s.mu.Lock()
	child := s.running[name]
	s.mu.Unlock()
	if child != nil {
		killGroup(child.pid)
		<-child.done
	}
}

// stopAll kills every process group, then waits for all.
func (s *servers) stopAll() {
	s.mu.Lock()
	var children []*server
	for _, child := range s.running {
		children = append(children, child)
		killGroup(child.pid)
	}
	s.mu.Unlock()
	for _, child := range children {
		<-child.done
	}
}

func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

// remove deletes the folder; what a dying grandchild still writes is retried for a moment.
func remove(dir string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}
