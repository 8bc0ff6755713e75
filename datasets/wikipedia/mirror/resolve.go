package mirror

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Snapshot is one finished dump of a wiki's articles.
type Snapshot struct {
	Wiki  string `json:"wiki"`
	Date  string `json:"date"` // "20260101"
	Files []File `json:"files"`
}

// File is one part of a dump, with what it must be once it is here.
type File struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Size int64  `json:"size"` // bytes
	SHA1 string `json:"sha1,omitempty"`
	MD5  string `json:"md5,omitempty"`
}

// Size is the bytes of all files.
func (s Snapshot) Size() (total int64) {
	for _, f := range s.Files {
		total += f.Size
	}
	return total
}

const (
	maxIndex   = 8 << 20  // bytes of a folder listing
	maxStatus  = 32 << 20 // bytes of a dumpstatus.json; the largest real one is about 1 MB
	maxFile    = 1 << 40  // bytes of one file; the largest real one is about 25 GB
	maxParts   = 5000
	maxLookups = 12 // dates tried for "latest"
)

// jobs are the dump jobs that write current articles, the preferred first: parts before one large file (they resume and
// verify one by one), multistream before single stream.
var jobs = []string{"articlesmultistreamdump", "articlesdump", "articlesmultistreamdumprecombine", "articlesdumprecombine"}

// Resolve finds the dump that the options name, without downloading it.
func Resolve(ctx context.Context, o Options) (Snapshot, error) {
	o, err := o.checked()
	if err != nil {
		return Snapshot{}, err
	}
	if o.Date != "latest" {
		return o.snapshot(ctx, o.Date)
	}
	dates, err := o.dates(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("list the dumps of %s: %w", o.Wiki, err)
	}
	var last error
	for _, date := range dates[:min(len(dates), maxLookups)] {
		s, err := o.snapshot(ctx, date)
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			return Snapshot{}, ctx.Err()
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, errUnfinished) {
			return Snapshot{}, err
		}
		last = err
	}
	if last == nil {
		last = ErrNotFound
	}
	return Snapshot{}, fmt.Errorf("%s has no finished articles dump of %s: %w", o.Mirror, o.Wiki, last)
}

var datedFolder = regexp.MustCompile(`href="(?:[^"]*/)?([12][0-9]{7})/?"`)

// dates lists a wiki's dated folders, newest first.
func (o Options) dates(ctx context.Context) ([]string, error) {
	body, err := o.page(ctx, o.Mirror+"/"+o.Wiki+"/", maxIndex)
	if err != nil {
		return nil, err
	}
	var dates []string
	for _, m := range datedFolder.FindAllSubmatch(body, -1) {
		dates = append(dates, string(m[1]))
	}
	slices.Sort(dates)
	dates = slices.Compact(dates)
	slices.Reverse(dates)
	return dates, nil
}

var errUnfinished = errors.New("the articles job is not done")

// status is the part of dumpstatus.json that is read here.
type status struct {
	Jobs map[string]struct {
		Status string `json:"status"`
		Files  map[string]struct {
			Size int64  `json:"size"`
			SHA1 string `json:"sha1"`
			MD5  string `json:"md5"`
		} `json:"files"`
	} `json:"jobs"`
}

func (o Options) snapshot(ctx context.Context, date string) (Snapshot, error) {
	address := fmt.Sprintf("%s/%s/%s/dumpstatus.json", o.Mirror, o.Wiki, date)
	body, err := o.page(ctx, address, maxStatus)
	if err != nil {
		return Snapshot{}, err
	}
	var st status
	if err := json.Unmarshal(body, &st); err != nil {
		return Snapshot{}, fmt.Errorf("read %s: %w", address, err)
	}
	for _, job := range jobs {
		j := st.Jobs[job]
		if j.Status != "done" {
			continue
		}
		s := Snapshot{Wiki: o.Wiki, Date: date}
		for name, f := range j.Files {
			if _, ok := partOf(o.Wiki, date, name); !ok { // indexes, checksums, and whatever else stands there
				continue
			}
			file := File{Name: name, URL: fmt.Sprintf("%s/%s/%s/%s", o.Mirror, o.Wiki, date, name), Size: f.Size,
				SHA1: strings.ToLower(f.SHA1), MD5: strings.ToLower(f.MD5)}
			if err := file.check(); err != nil {
				return Snapshot{}, fmt.Errorf("read %s: %w", address, err)
			}
			s.Files = append(s.Files, file)
		}
		if len(s.Files) > maxParts {
			return Snapshot{}, fmt.Errorf("read %s: %d parts are more than %d", address, len(s.Files), maxParts)
		}
		if len(s.Files) > 0 {
			slices.SortFunc(s.Files, func(a, b File) int {
				pa, _ := partOf(o.Wiki, date, a.Name)
				pb, _ := partOf(o.Wiki, date, b.Name)
				return cmp.Or(slices.Compare(pa[:], pb[:]), strings.Compare(a.Name, b.Name))
			})
			return s, nil
		}
	}
	return Snapshot{}, fmt.Errorf("%s: %w", address, errUnfinished)
}

var partName = regexp.MustCompile(`^([a-z0-9_]+)-([0-9]{8})-pages-articles(?:-multistream)?([0-9]{0,4})\.xml(?:-p([0-9]{1,18})p([0-9]{1,18}))?\.bz2$`)

// partOf gives a part's number and first page, by which parts are put in order; ok is false for any other file. The
// pattern has no room for a path in the name.
func partOf(wiki, date, name string) (order [2]int64, ok bool) {
	m := partName.FindStringSubmatch(name)
	if m == nil || m[1] != wiki || m[2] != date {
		return order, false
	}
	order[0], _ = strconv.ParseInt(m[3], 10, 64)
	order[1], _ = strconv.ParseInt(m[4], 10, 64)
	return order, true
}

// check refuses a file that could not be verified, or whose size cannot be true.
func (f File) check() error {
	if f.Size <= 0 || f.Size > maxFile {
		return fmt.Errorf("%s: a size of %d bytes cannot be right", f.Name, f.Size)
	}
	if f.SHA1 == "" && f.MD5 == "" {
		return fmt.Errorf("%s: neither SHA-1 nor MD5 is given, so it could not be verified", f.Name)
	}
	for _, d := range []struct {
		hex  string
		size int
	}{{f.SHA1, 20}, {f.MD5, 16}} {
		if b, err := hex.DecodeString(d.hex); err != nil || d.hex != "" && len(b) != d.size {
			return fmt.Errorf("%s: %q is no digest", f.Name, d.hex)
		}
	}
	return nil
}
