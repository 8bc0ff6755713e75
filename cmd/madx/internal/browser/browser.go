// Package browser looks at pages with a headless Chromium, for tests: whether anything was complained about on the
// console, whether charts have a size, whether a phone has to scroll sideways. Where no Chromium is installed the test
// is skipped with a message.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Look is what the browser saw.
type Look struct {
	Console  []string // errors and warnings
	Charts   int      `json:"charts"`   // elements of class chart that are not folded away
	Empty    int      `json:"empty"`    // of those, without width or height
	Overflow int      `json:"overflow"` // CSS pixels that the page is wider than the window
	Paper    string   `json:"paper"`    // background colour of the page
	Text     string   `json:"text"`
	Load     int      `json:"load"`  // milliseconds from the request until everything was laid out, to be told
	Bytes    int      `json:"bytes"` // of the page
}

// Phone and Desk are window sizes in CSS pixels. Headless Chromium makes no window narrower than 500, so that a phone is
// looked at through a frame.
const (
	Phone = 390
	Desk  = 1200
)

// patience bounds one look.
const patience = 60 * time.Second

var probe = regexp.MustCompile(`(?s)<pre id="probe">(.*?)</pre>`)

// script measures the page in the frame once it is there.
const script = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body style="margin:0"><iframe id="f" style="border:0;width:%dpx;height:900px" src="%s"></iframe><pre id="probe"></pre><script>
document.getElementById("f").onload = e => { const d = e.target.contentDocument, all = [...d.querySelectorAll(".chart")].filter(c => c.checkVisibility());
document.getElementById("probe").textContent = JSON.stringify({charts: all.length,
empty: all.filter(c => { const r = c.getBoundingClientRect(); return r.width < 20 || r.height < 20 }).length,
overflow: Math.max(0, d.documentElement.scrollWidth - %d), paper: getComputedStyle(d.body).backgroundColor, text: d.body.innerText,
load: Math.round(e.target.contentWindow.performance.now()), bytes: e.target.contentWindow.performance.getEntriesByType("navigation")[0].decodedBodySize}) }
</script>`

// Frame is the page to serve beside the one that is looked at: both must come from one server.
func Frame(path string, width int) string {
	return fmt.Sprintf(script, width, html.EscapeString(path), width)
}

// At opens the address of a Frame.
func At(t *testing.T, url string, dark bool) Look {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium is installed: the page was not looked at in a browser")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(),
		"--virtual-time-budget=4000", "--window-size=1300,1000", "--dump-dom"}
	if dark {
		args = append(args, "--blink-settings=preferredColorScheme=0")
	}
	cmd := exec.CommandContext(ctx, program, append(args, url)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, said.String())
	}
	var l Look
	found := probe.FindSubmatch(out.Bytes())
	if found == nil || json.Unmarshal([]byte(html.UnescapeString(string(found[1]))), &l) != nil {
		t.Fatalf("the page was not measured: %s\n%s", out.String(), said.String())
	}
	for _, line := range strings.Split(said.String(), "\n") {
		if strings.Contains(line, ":CONSOLE") {
			l.Console = append(l.Console, line)
		}
	}
	return l
}
