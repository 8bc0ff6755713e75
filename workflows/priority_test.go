package workflows

import "testing"

// Where devices are few, what every evaluation waits for goes first; within the sweep's own priority otherwise.
func TestTheSourceGoesBeforeTheTargets(t *testing.T) {
	for _, tt := range []struct {
		name           string
		sweep          int
		source, target int
	}{
		{"as usual", 0, 2, 0}, // Temporal takes 0 for 3
		{"a sweep that can wait", 5, 4, 5},
		{"a sweep before all others", 1, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := params()
			p.Priority = tt.sweep
			s, err := newSweep(p)
			if err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]int{
				CorpusID("t", "en"): tt.source, LanguageID("t", "en"): tt.source, TaskID("t", "ner", false): tt.source,
				CorpusID("t", "sw"): tt.target, LanguageID("t", "sw"): tt.target, TaskID("t", "ner", true): tt.target,
				ZeroShotID("t", "ner", "en"): tt.target, ZeroShotID("t", "ner", "sw"): tt.target, MLMHeadID("t"): tt.target,
			} {
				if got := s.priority(s.byID[id]); got != want {
					t.Errorf("%s has priority %d, want %d", id, got, want)
				}
			}
		})
	}
}
