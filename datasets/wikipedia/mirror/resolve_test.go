package mirror

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	s := newSite(t)
	one := map[string][]byte{"swwiki-20260101-pages-articles-multistream.xml.bz2": content(10, 0),
		"swwiki-20260101-pages-articles-multistream-index.txt.bz2": content(5, 1)}
	s.publish("swwiki", "20260101", articles, "done", one, nil)
	s.publish("swwiki", "20260120", articles, "in-progress", map[string][]byte{"swwiki-20260120-pages-articles-multistream.xml.bz2": content(10, 0)}, nil)
	s.publish("swwiki", "20251220", articles, "done", map[string][]byte{"swwiki-20251220-pages-articles-multistream.xml.bz2": content(9, 0)}, nil)
	s.files["/swwiki/"] = append(s.files["/swwiki/"], `<a href="20260201/">no dumpstatus.json yet</a>`...)

	for date, want := range map[string]string{"latest": "20260101", "": "20260101", "20251220": "20251220"} {
		o := s.options(t)
		o.Date = date
		got, err := Resolve(t.Context(), o)
		if err != nil || got.Date != want || len(got.Files) != 1 || got.Wiki != "swwiki" {
			t.Fatalf("%q: %+v, %v", date, got, err)
		}
		f := got.Files[0]
		if f.Name != "swwiki-"+want+"-pages-articles-multistream.xml.bz2" || f.URL != s.URL+"/swwiki/"+want+"/"+f.Name || len(f.SHA1) != 40 {
			t.Errorf("%q: file %+v", date, f)
		}
	}
}

func TestResolvePartsInOrder(t *testing.T) {
	s := newSite(t)
	parts := map[string][]byte{}
	want := []string{"enwiki-20260101-pages-articles-multistream1.xml-p1p41242.bz2", "enwiki-20260101-pages-articles-multistream2.xml-p41243p151573.bz2",
		"enwiki-20260101-pages-articles-multistream9.xml-p900p1000.bz2", "enwiki-20260101-pages-articles-multistream9.xml-p1001p1100.bz2",
		"enwiki-20260101-pages-articles-multistream10.xml-p1101p1200.bz2"}
	for _, name := range want {
		parts[name] = content(3, 0)
	}
	parts["enwiki-20260101-pages-articles-multistream-index1.txt-p1p41242.bz2"] = content(3, 0)
	s.publish("enwiki", "20260101", articles, "done", parts, nil)
	o := s.options(t)
	o.Wiki = "enwiki"
	got, err := Resolve(t.Context(), o)
	if err != nil || len(got.Files) != len(want) || got.Size() != int64(3*len(want)) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, f := range got.Files {
		if f.Name != want[i] {
			t.Errorf("part %d is %s, want %s", i, f.Name, want[i])
		}
	}
}

func TestResolveOtherJobs(t *testing.T) {
	for _, job := range jobs {
		s := newSite(t)
		s.publish("swwiki", "20260101", job, "done", map[string][]byte{"swwiki-20260101-pages-articles.xml.bz2": content(3, 0)}, nil)
		if got, err := Resolve(t.Context(), s.options(t)); err != nil || len(got.Files) != 1 {
			t.Errorf("%s: %+v, %v", job, got, err)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	const name = "swwiki-20260101-pages-articles-multistream.xml.bz2"
	change := func(f func(*statusFile)) func(map[string]statusFile) {
		return func(files map[string]statusFile) {
			file := files[name]
			f(&file)
			files[name] = file
		}
	}
	cases := []struct {
		name   string
		change func(map[string]statusFile)
		want   string
	}{
		{"absurd size", change(func(f *statusFile) { f.Size = 1 << 60 }), "cannot be right"},
		{"negative size", change(func(f *statusFile) { f.Size = -5 }), "cannot be right"},
		{"no size", change(func(f *statusFile) { f.Size = 0 }), "cannot be right"},
		{"no digest", change(func(f *statusFile) { f.SHA1, f.MD5 = "", "" }), "could not be verified"},
		{"bad digest", change(func(f *statusFile) { f.SHA1 = "abc" }), "no digest"},
		{"digest with a path", change(func(f *statusFile) { f.SHA1 = strings.Repeat("../", 13) + "x" }), "no digest"},
		{"only names with paths", func(files map[string]statusFile) {
			files["../../"+name] = files[name]
			files["/etc/"+name] = files[name]
			files["swwiki-20260101-pages-articles.xml.bz2/../x.bz2"] = files[name]
			delete(files, name)
		}, "not done"},
		{"another wiki's file", func(files map[string]statusFile) {
			files["dewiki-20260101-pages-articles.xml.bz2"] = files[name]
			delete(files, name)
		}, "not done"},
	}
	for _, c := range cases {
		s := newSite(t)
		s.publish("swwiki", "20260101", articles, "done", map[string][]byte{name: content(10, 0)}, c.change)
		o := s.options(t)
		o.Date = "20260101"
		if got, err := Resolve(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	s := newSite(t)
	if _, err := Resolve(t.Context(), s.options(t)); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown wiki: %v", err)
	}
	s.files["/swwiki/20260101/dumpstatus.json"] = []byte("<html>not JSON")
	o := s.options(t)
	o.Date = "20260101"
	if _, err := Resolve(t.Context(), o); err == nil || !strings.Contains(err.Error(), "dumpstatus.json") {
		t.Errorf("no JSON: %v", err)
	}
	o.Date = "20250101"
	if _, err := Resolve(t.Context(), o); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown date: %v", err)
	}
	s.files["/swwiki/"] = []byte(strings.Repeat("x", maxIndex+1))
	if _, err := Resolve(t.Context(), s.options(t)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("endless listing: %v", err)
	}
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "ftp://127.0.0.1/x", http.StatusFound)
		return true
	})
	if _, err := Resolve(t.Context(), s.options(t)); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("redirect to ftp: %v", err)
	}
	s.onFault(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
		return true
	})
	if _, err := Resolve(t.Context(), s.options(t)); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("endless redirects: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	good := Options{Mirror: "http://example.org", Wiki: "swwiki"}
	for name, change := range map[string]func(*Options){
		"scheme": func(o *Options) { o.Mirror = "file:///etc" }, "no host": func(o *Options) { o.Mirror = "http://" }, "no mirror": func(o *Options) { o.Mirror = "" },
		"path as wiki": func(o *Options) { o.Wiki = "../x" }, "no wiki": func(o *Options) { o.Wiki = "" }, "date": func(o *Options) { o.Date = "2026/01" },
	} {
		o := good
		change(&o)
		if _, err := o.checked(); err == nil {
			t.Errorf("%s: %+v was accepted", name, o)
		}
	}
	if _, err := good.checked(); err != nil {
		t.Error(err)
	}
}
