package page_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"madx/cmd/madx/internal/page"
	"madx/cmd/madx/internal/page/pagetest"
)

// The table of results is LaTeX that a paper can read in, however long it is and whatever its names are.
func TestTheLaTeXTable(t *testing.T) {
	for _, languages := range []int{4, 104} {
		r := pagetest.Report(languages).SweepResult
		r.Sweep = "50% of\n\\end{document} {$x_1^2$ & #~}"
		r.Results[0].Task = r.Sweep
		tex := string(page.LaTeX(r))
		lines := strings.Split(strings.TrimSpace(tex), "\n")
		environment, wide := map[bool]string{true: "longtable", false: "tabular"}[languages > 40], 0
		for _, line := range lines[2:] {
			if strings.HasSuffix(line, `\\`) {
				if cells := len(regexp.MustCompile(`(^|[^\\])&`).FindAllString(line, -1)) + 1; cells != 6 {
					t.Errorf("%d cells: %s", cells, line)
				}
				wide++
			}
		}
		if wide != 3*languages+1 || lines[2] != `\begin{`+environment+`}{lllrrr}` || lines[len(lines)-1] != `\end{`+environment+`}` || strings.Count(tex, `\end{`) != 1 {
			t.Errorf("%d languages: %d lines of cells, from %q to %q", languages, wide, lines[2], lines[len(lines)-1])
		}
		typeset(t, tex)
	}
}

// typeset runs LaTeX where there is one.
func typeset(t *testing.T, table string) {
	t.Helper()
	program, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Log("no pdflatex is installed: the table was looked at, not typeset")
		return
	}
	dir := t.TempDir()
	paper := "\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}\n" + table + "\\end{document}\n"
	if err := os.WriteFile(filepath.Join(dir, "paper.tex"), []byte(paper), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-halt-on-error", "-interaction=nonstopmode", "paper.tex")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Output written on paper.") {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("typeset: %s", regexp.MustCompile(`Output written.*`).Find(out))
}
