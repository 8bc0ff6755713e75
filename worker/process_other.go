//go:build !linux

package worker

import "syscall"

// ownGroup starts the trainer outside the terminal's process group. Elsewhere than on Linux a trainer notices by
// itself that its worker is gone.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
