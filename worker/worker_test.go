package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPrepare(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string // part of the error; "" for success
	}{
		{"trains", Options{Program: os.Args[0]}, ""},
		{"data only needs no trainer", Options{Program: "/no/such/trainer", NoTrain: true}, ""},
		{"no trainer", Options{Program: "/no/such/trainer"}, "make build"},
		{"no trainer beside this program", Options{}, "make build"},
		{"no queue", Options{NoTrain: true, NoData: true}, "nothing to do"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Dir, tt.o.Drain = t.TempDir(), time.Minute
			acts, err := prepare(&tt.o)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, dir := range []string{acts.Scratch, acts.Cache.Dir} {
				if info, err := os.Stat(dir); err != nil || !info.IsDir() || filepath.Dir(dir) != tt.o.Dir {
					t.Errorf("folder %s: %v", dir, err)
				}
			}
		})
	}
}
