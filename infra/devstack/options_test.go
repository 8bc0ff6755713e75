package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseOptionsRefuses(t *testing.T) {
	profile := filepath.Join("..", "..", profileName)
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"no data folder", nil, "--data DIR"},
		{"a host name", []string{"--ephemeral", "--ip", "localhost"}, "not an IP address"},
		{"port too high", []string{"--ephemeral", "--s3-port", "65536"}, "--s3-port 65536"},
		{"port too low", []string{"--ephemeral", "--ui-port", "-2"}, "--ui-port -2"},
		{"stray argument", []string{"--ephemeral", "start"}, `"start"`},
		{"unknown flag", []string{"--ephemral"}, "ephemral"},
		{"no profile", []string{"--ephemeral", "--config", "nowhere.yaml"}, "nowhere.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"--config", profile}, tc.args...)
			_, err := parseOptions(args)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error with %q", err, tc.want)
			}
			if exitStatus(err) != exitUsage {
				t.Errorf("exit status %d, want %d", exitStatus(err), exitUsage)
			}
		})
	}
}

func TestParseOptionsMakesPathsAbsolute(t *testing.T) {
	o, err := parseOptions([]string{"--config", filepath.Join("..", "..", profileName), "--data", "d", "--ready-file", "r"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{o.data, o.profile, o.readyFile} {
		if !filepath.IsAbs(path) {
			t.Errorf("%s is not absolute", path)
		}
	}
	if o.ports != (ports{fromProfile, fromProfile, fromProfile}) || o.ip != "127.0.0.1" {
		t.Errorf("defaults are %+v on %s", o.ports, o.ip)
	}
}

func TestLockRefusesSecondHolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "made", "on demand")
	first, err := lockData(data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockData(data)
	if !errors.Is(err, errLocked) || exitStatus(err) != exitLocked {
		t.Fatalf("second holder got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lockData(data)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	first, err := loadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(credentialsPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", st.Mode().Perm())
	}
	if again, err := loadCredentials(dir); err != nil || again != first {
		t.Errorf("second load gives %v, %v", again, err)
	}
	if other, err := loadCredentials(t.TempDir()); err != nil || other.SecretAccessKey == first.SecretAccessKey {
		t.Errorf("another folder has the same secret (error %v)", err)
	}
	for _, broken := range []string{"", "{", `{"access_key_id":"a"}`} {
		if err := os.WriteFile(credentialsPath(dir), []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadCredentials(dir); err == nil {
			t.Errorf("%q was accepted", broken)
		}
	}
}
