package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
)

// What the profile's file of dynamic settings says goes before the stack's own, as with the official server.
func TestDynamicSettingsOfTheProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dynamic.yaml")
	suggest, partitions := dynamicconfig.HistoryCountSuggestContinueAsNew.Key(), dynamicconfig.MatchingNumTaskqueueReadPartitions.Key()
	if err := os.WriteFile(path, []byte(suggest.String()+":\n  - value: 77\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan any)
	defer close(done)
	c, err := dynamicSettings(&dynamicconfig.FileBasedClientConfig{Filepath: path, PollInterval: time.Minute}, log.NewNoopLogger(), done)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[dynamicconfig.Key]any{suggest: 77, partitions: 1} {
		if v := c.GetValue(key); len(v) != 1 || v[0].Value != want {
			t.Errorf("%s is %v, want %v", key, v, want)
		}
	}
	if c, err = dynamicSettings(nil, log.NewNoopLogger(), done); err != nil || c.GetValue(suggest) != nil {
		t.Errorf("without a file: %v, %v", c, err)
	}
	_, err = dynamicSettings(&dynamicconfig.FileBasedClientConfig{Filepath: path + ".none", PollInterval: time.Minute}, log.NewNoopLogger(), done)
	if err == nil || !strings.Contains(err.Error(), path+".none") {
		t.Errorf("a file that is not there: %v", err)
	}
}
