package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
)

const maxLogSize = 8 << 20 // bytes; a longer one is put aside at the next start

// redirectLogs sends what the libraries print to DATA/logs/devstack.log: stdout
// belongs to the ready line and stderr to our own errors. Temporal's own log
// is beside it, as the profile says.
func redirectLogs(data string) error {
	dir := filepath.Join(data, "logs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the log folder: %w", err)
	}
	for _, name := range []string{"temporal.log", "devstack.log"} {
		path := filepath.Join(dir, name)
		st, err := os.Stat(path)
		if err == nil && st.Size() > maxLogSize {
			err = os.Rename(path, path+".1")
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the old log aside: %w", err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, "devstack.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	os.Stdout = f
	log.SetOutput(f)
	return nil
}
