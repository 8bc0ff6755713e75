package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// What a person can put right is said; none of it is taken for absence or damage, which would be deleted.
func TestRefusalsSayWhatToDo(t *testing.T) {
	for code, want := range map[string]string{
		"NoSuchBucket": "does not exist", "InvalidAccessKeyId": "credentials", "SignatureDoesNotMatch": "credentials",
		"ExpiredToken": "credentials", "AccessDenied": "credentials", "RequestTimeTooSkewed": "clock",
	} {
		t.Run(code, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
			}))
			defer server.Close()
			const secret = "very-secret-key"
			s, err := OpenS3(context.Background(), S3Options{Bucket: "b", Endpoint: server.URL, PathStyle: true, AccessKey: "a", SecretKey: secret})
			if err != nil {
				t.Fatal(err)
			}
			_, _, _, err = Find(context.Background(), s, "artifacts/x/y")
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v", err)
			}
			if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
				t.Errorf("%v is taken for a miss", err)
			}
		})
	}
}

// A disk that is full is no damage: nothing is removed from the store, and with room again the fetch works.
func TestFetchToAFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small disk to fill: %v", err)
	}
	defer func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) }()
	ctx := context.Background()
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	src := t.TempDir()
	if err := os.WriteFile(filepath.Join(src, "weights"), make([]byte, 256<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Commit(ctx, s, "artifacts/x/y", src, Manifest{}); err != nil {
		t.Fatal(err)
	}
	_, err = Fetch(ctx, s, "artifacts/x/y", filepath.Join(disk, "out"))
	if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	if entries, err := os.ReadDir(disk); err != nil || len(entries) != 0 {
		t.Errorf("the disk stays full: %v, %v", entries, err)
	}
	if _, err := Fetch(ctx, s, "artifacts/x/y", filepath.Join(t.TempDir(), "out")); err != nil {
		t.Error(err)
	}
}

// Two writers of one key whose content differs: what stands in the end is the whole of one, never some of each.
func TestRacingCommitsLeaveOneWhole(t *testing.T) {
	ctx := context.Background()
	s, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for i := range 2 {
		dir := t.TempDir()
		for f := range 5 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(f)), bytes.Repeat([]byte{byte('a' + i)}, 100), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		dirs = append(dirs, dir)
	}
	for round := range 50 {
		prefix := fmt.Sprint("artifacts/x/", round)
		var refs [2]Ref
		var errs [2]error
		var wg sync.WaitGroup
		for i, dir := range dirs {
			wg.Go(func() { refs[i], errs[i] = Commit(ctx, s, prefix, dir, Manifest{}) })
		}
		wg.Wait()
		if errs[0] == nil && errs[1] == nil && refs[0] != refs[1] {
			t.Fatalf("round %d: both won", round)
		}
		dest := filepath.Join(t.TempDir(), "out")
		_, err := Fetch(ctx, s, prefix, dest)
		if err != nil { // then the one who saw it was told, and removed it
			if !errors.Is(err, ErrNotFound) {
				t.Fatalf("round %d: %v (%v)", round, err, errs)
			}
			if _, err = Commit(ctx, s, prefix, dirs[0], Manifest{}); err == nil {
				_, err = Fetch(ctx, s, prefix, dest)
			}
			if err != nil {
				t.Fatalf("round %d, another attempt: %v", round, err)
			}
		}
		first, err := os.ReadFile(filepath.Join(dest, "0"))
		if err != nil {
			t.Fatal(err)
		}
		for f := range 5 {
			if body, err := os.ReadFile(filepath.Join(dest, fmt.Sprint(f))); err != nil || !bytes.Equal(body, first) {
				t.Fatalf("round %d: some of each", round)
			}
		}
	}
}

// What is deleted while the store is listed is left out; it is no reason to fail.
func TestListingWhileObjectsGo(t *testing.T) {
	store, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	for w := range 4 {
		busy.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("a/%d/%d/x", w, i%8)
				_ = store.Put(context.WithoutCancel(ctx), key, strings.NewReader("x"), 1, PutOptions{})
				_ = store.Delete(context.WithoutCancel(ctx), key)
			}
		})
	}
	for range 300 {
		if _, err := store.List(t.Context(), "a/"); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	busy.Wait()
}
