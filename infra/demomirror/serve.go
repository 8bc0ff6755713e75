package demomirror

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Handler serves a mirror folder as the real site does: files with Range,
// Last-Modified and ETag, folders as the HTML index that downloaders read the
// dates from. Paths cannot leave dir, by links neither; hidden names (a Build
// under way) are not there.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "."
		}
		if strings.HasPrefix(name, ".") && name != "." || strings.Contains(name, "/.") {
			http.NotFound(w, r)
			return
		}
		// Opened per request: the folder may come to be, or be replaced, later.
		root, err := os.OpenRoot(dir)
		if err != nil {
			fail(w, r, err)
			return
		}
		defer root.Close()
		serveName(w, r, root, name)
	})
}

func serveName(w http.ResponseWriter, r *http.Request, root *os.Root, name string) {
	f, err := root.Open(name)
	if err != nil {
		fail(w, r, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		fail(w, r, err)
		return
	}
	slash := strings.HasSuffix(r.URL.Path, "/")
	switch {
	case info.IsDir() && !slash:
		http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
	case info.IsDir():
		list(w, r, f)
	case slash:
		http.NotFound(w, r)
	default:
		if strings.HasSuffix(name, ".bz2") {
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
		http.ServeContent(w, r, name, info.ModTime(), f)
	}
}

// list writes the index in the form of the site's web server.
func list(w http.ResponseWriter, r *http.Request, dir *os.File) {
	entries, err := dir.ReadDir(-1)
	if err != nil {
		fail(w, r, err)
		return
	}
	lines := make([]string, 0, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || strings.HasPrefix(e.Name(), ".") {
			continue // gone meanwhile, or a Build under way
		}
		name, size := e.Name(), fmt.Sprint(info.Size())
		if e.IsDir() {
			name, size = name+"/", "-"
		}
		link := url.URL{Path: name}
		lines = append(lines, fmt.Sprintf("<a href=\"%s\">%s</a>%*s %s %19s\n", html.EscapeString(link.String()),
			html.EscapeString(name), max(0, 50-len(name)), "", info.ModTime().UTC().Format("02-Jan-2006 15:04"), size))
	}
	slices.Sort(lines)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	title := html.EscapeString("Index of " + r.URL.Path)
	fmt.Fprintf(w, "<html>\n<head><title>%s</title></head>\n<body bgcolor=\"white\">\n<h1>%s</h1><hr><pre><a href=\"../\">../</a>\n%s</pre><hr></body>\n</html>\n",
		title, title, strings.Join(lines, ""))
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	// What the file system says is for the one who runs the mirror, and that
	// is the same person: the mirror listens on loopback.
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// Serve starts serving the mirror folder and returns its address, such as
// "http://127.0.0.1:41234", at once; it stops when ctx is done. An addr
// without a host ("", ":0", ":8080") means loopback; port 0 picks a free port.
func Serve(ctx context.Context, dir, addr string) (string, error) {
	if addr == "" {
		addr = ":0"
	}
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("serve the dump mirror on %s (give another address, or port 0): %w", addr, err)
	}
	server := &http.Server{Handler: Handler(dir), ReadHeaderTimeout: 10 * time.Second}
	// Close, not Shutdown: downloads resume, so nobody need wait for one.
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(listener)
	return "http://" + listener.Addr().String(), nil
}
