// Package worker turns options into a running Temporal worker: which queues it polls, one training slot a device, how
// trainer processes are started, watched and stopped, and how the worker drains when the machine is taken away.
//
// It must not know what the workflows do or how anything is trained; the activities are given to it.
package worker
