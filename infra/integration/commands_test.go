package integration

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
)

// commands runs what people run on a finished sweep, once for people and once for programs, whose standard output must be
// JSON and nothing else.
func (s *stack) commands(file string) {
	s.t.Helper()
	pulled := filepath.Join(s.dir, "pulled")
	for _, c := range []struct{ line, says string }{
		{"sweep list", "completed"},
		{"sweep status tiny", "language sw"},
		{"sweep plan " + file, "cached"},
		{"sweep diff tiny tiny", "the same"},
		{"sweep watch tiny", "target swapped in"},
		{"logs tiny", "FindTrained attempt"},
		{"logs tiny sw --trainer --dir " + s.workerDir(), "step 300/300"},
		{"adapters list", "language/sw@"},
		{"adapters show language/sw", "load_adapter"},
		{"adapters lineage task/ner", "corpus/de  "},
		{"adapters pull language/sw task/ner --dir " + pulled, "language/sw@"},
		{"adapters verify language/sw", "whole"},
		{"adapters compare language/sw language/de", "relative distance"},
		{"adapters prune", "Nothing to remove"},
		{"report tiny --dir " + filepath.Join(s.dir, "report"), "report.html"},
		{"models verify " + filepath.Join(s.dir, "model"), "masked-LM head: no"},
		{"store verify", "0 damaged"},
		{"doctor", "Temporal"},
	} {
		args := strings.Fields(c.line)
		if out := s.run(args...); !strings.Contains(string(out), c.says) {
			s.t.Errorf("madx %s does not say %q:\n%s", c.line, c.says, out)
		}
		for dec := json.NewDecoder(bytes.NewReader(s.run(append(args, "-o", "json")...))); dec.More(); {
			var v any
			if err := dec.Decode(&v); err != nil {
				s.t.Errorf("madx %s -o json: %v", c.line, err)
				break
			}
		}
	}
	folders, err := filepath.Glob(filepath.Join(pulled, "language", "sw-*"))
	if err != nil || len(folders) != 1 {
		s.t.Fatalf("pulled %v, %v", folders, err)
	}
	s.run("adapters", "push", folders[0], "--store", "file://"+filepath.Join(s.dir, "other"))
	if out := s.run("adapters", "list", "--store", "file://"+filepath.Join(s.dir, "other")); !strings.Contains(string(out), "language/sw@") {
		s.t.Errorf("the pushed adapter is not listed:\n%s", out)
	}
}
