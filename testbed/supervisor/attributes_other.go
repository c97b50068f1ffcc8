//go:build !linux

package main

import "syscall"

// processAttributes makes a child the leader of a process group.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
