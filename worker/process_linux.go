package worker

import "syscall"

// ownGroup starts the trainer outside the terminal's process group, so that Ctrl-C reaches it through the worker, in
// order, and asks the kernel to kill it when the worker dies: no orphan trainer ever holds a device.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
