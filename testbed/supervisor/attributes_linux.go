package main

import "syscall"

// processAttributes makes a child the leader of a group that also dies if the supervisor itself is killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
