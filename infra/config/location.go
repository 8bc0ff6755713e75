package config

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"madx/datasets/archive"
)

// Location is where a file of a sweep comes from: a local path, http:// or https://, s3://BUCKET/KEY, or a dataset of a
// hub in Hugging Face's layout, hf://datasets/OWNER/NAME@REVISION/PATH.
type Location struct {
	Text     string // as written, without a member
	Scheme   string // "" for a local path
	Member   string // of a tar archive, after "#"
	Bucket   string // s3
	Repo     string // hf: "owner/name"
	Revision string // hf: a commit, a tag, a branch, or refs/convert/parquet
	Path     string // local path; s3: the key; hf: in the repository
}

var (
	hubLocation = regexp.MustCompile(`^hf://datasets/([\w.-]+(?:/[\w.-]+)?)@((?:refs/(?:convert|pr)/)?[^/@#?]+)/([^#?]+)$`)
	// commit is a revision that can never mean something else.
	commit = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// ParseLocation reads a path or URI of a sweep file.
func ParseLocation(text string) (Location, error) {
	file, member := archive.Split(text)
	l := Location{Text: file, Member: member, Path: file}
	scheme, _, remote := strings.Cut(file, "://")
	if !remote {
		return l, nil
	}
	l.Scheme = scheme
	switch scheme {
	case "http", "https":
		u, err := url.Parse(file)
		if err != nil || u.Host == "" {
			return l, fmt.Errorf("%q is no URL: write %s://HOST/PATH", file, scheme)
		}
		if l.Path = u.Path; path.Base(u.Path) == "/" || path.Base(u.Path) == "." {
			return l, fmt.Errorf("%q names no file", file)
		}
	case "s3":
		l.Bucket, l.Path, _ = strings.Cut(strings.TrimPrefix(file, "s3://"), "/")
		if l.Bucket == "" || l.Path == "" || strings.HasSuffix(l.Path, "/") {
			return l, fmt.Errorf("%q names no object: write s3://BUCKET/KEY", file)
		}
	case "hf":
		m := hubLocation.FindStringSubmatch(file)
		if m == nil {
			return l, fmt.Errorf("%q is no file of a hub: write hf://datasets/OWNER/NAME@REVISION/PATH; the revision is needed, so that the data stays the same", file)
		}
		revision, err := url.PathUnescape(m[2])
		if err != nil {
			return l, fmt.Errorf("%q: revision: %w", file, err)
		}
		l.Repo, l.Revision, l.Path = m[1], revision, m[3]
	default:
		return l, fmt.Errorf("%q: unknown scheme: use a path, http://, https://, s3:// or hf://", file)
	}
	for _, part := range strings.Split(l.Path, "/") {
		if part == ".." {
			return l, fmt.Errorf("%q: \"..\" is refused", file)
		}
	}
	return l, nil
}

// Remote reports whether the file is fetched from elsewhere.
func (l Location) Remote() bool { return l.Scheme != "" }

// Fixed reports whether the location can never mean other bytes.
func (l Location) Fixed() bool { return l.Scheme == "hf" && commit.MatchString(l.Revision) }

// Base is the file's name.
func (l Location) Base() string {
	if l.Remote() {
		return path.Base(l.Path)
	}
	return filepath.Base(l.Path)
}

// At is the same file at another revision.
func (l Location) At(revision string) Location {
	l.Revision = revision
	return l
}

// URL is the address of a hub's file below the hub's own address.
func (l Location) URL(endpoint string) (string, error) {
	if l.Scheme != "hf" {
		return l.Text, nil
	}
	if endpoint == "" {
		return "", errNoHub
	}
	escaped := (&url.URL{Path: l.Path}).EscapedPath()
	return strings.TrimRight(endpoint, "/") + "/datasets/" + l.Repo + "/resolve/" + url.PathEscape(l.Revision) + "/" + escaped, nil
}

var errNoHub = errors.New("hf:// files need the hub's address: set hub.endpoint in the sweep file, MADX_HUB_ENDPOINT or HF_ENDPOINT")
