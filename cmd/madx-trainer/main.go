// Command madx-trainer trains or evaluates once and ends: it reads a spec (JSON), writes checkpoints and an artifact
// into folders, and says on standard output, one JSON object a line, how it goes.
package main

import "os"

func main() {
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}
