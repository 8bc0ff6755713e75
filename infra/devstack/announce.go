package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Ready is the line that says where everything is. Addresses are what a client
// on this machine dials.
type Ready struct {
	Temporal        string `json:"temporal"` // host:port, gRPC
	UI              string `json:"ui"`       // URL
	S3              string `json:"s3"`       // URL, for path-style requests
	Region          string `json:"region"`
	Bucket          string `json:"bucket"`
	Namespace       string `json:"namespace"`
	CredentialsFile string `json:"credentials_file"`
	Data            string `json:"data"`
	PID             int    `json:"pid"`
}

// announcer owns the real stdout and the ready files.
type announcer struct {
	stdout *os.File
	files  []string
}

// newAnnouncer removes what an earlier run left, so that nobody takes it for news.
func newAnnouncer(data, extra string) (*announcer, error) {
	a := &announcer{stdout: os.Stdout, files: []string{filepath.Join(data, "ready.json")}}
	if extra != "" {
		a.files = append(a.files, extra)
	}
	return a, a.withdraw()
}

func (a *announcer) publish(r Ready) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the ready line: %w", err)
	}
	line = append(line, '\n')
	for _, path := range a.files {
		if err := writeFileAtomic(path, line, 0o600); err != nil {
			return err
		}
	}
	if _, err := a.stdout.Write(line); err != nil {
		return fmt.Errorf("write the ready line: %w", err)
	}
	return nil
}

func (a *announcer) withdraw() error {
	for _, path := range a.files {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the old ready file: %w", err)
		}
	}
	return nil
}
