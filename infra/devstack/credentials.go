package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const region = "us-east-1" // what S3 clients take where there are no regions

// credentials are the S3 keys of one data folder, made once.
type credentials struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	Region          string `json:"region"`
}

func credentialsPath(data string) string { return filepath.Join(data, "credentials.json") }

func loadCredentials(data string) (credentials, error) {
	path := credentialsPath(data)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newCredentials(path)
	}
	if err != nil {
		return credentials{}, fmt.Errorf("read the S3 keys: %w", err)
	}
	var c credentials
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("read the S3 keys in %s (remove the file to have new ones made): %w", path, err)
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || c.Region == "" {
		return c, fmt.Errorf("the S3 keys in %s are incomplete: remove the file to have new ones made", path)
	}
	return c, nil
}

func newCredentials(path string) (credentials, error) {
	c := credentials{AccessKeyID: "MADX" + rand.Text()[:16], SecretAccessKey: rand.Text() + rand.Text(), Region: region}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return c, fmt.Errorf("write the S3 keys: %w", err)
	}
	return c, writeFileAtomic(path, append(text, '\n'), 0o600)
}

// writeFileAtomic leaves either the old file or the whole new one.
func writeFileAtomic(path string, text []byte, mode fs.FileMode) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
