package ner

import (
	"fmt"
	"maps"
	"slices"
)

// Synonyms maps the class names of other annotation schemes to those of CoNLL-2003. It is what Map uses for classes
// that neither the label set nor its rename argument has.
var Synonyms = map[string]string{
	"PERSON": "PER", "LOCATION": "LOC", "ORGANIZATION": "ORG", "ORGANISATION": "ORG",
	"GPE": "LOC", "NE_PER": "PER", "NE_LOC": "LOC", "NE_ORG": "ORG",
}

// CheckLabels returns an error for a label set that is not IOB2: "O", and for each class "B-X" and "I-X".
func CheckLabels(labels []string) error {
	seen := map[string]bool{}
	for _, l := range labels {
		if prefix, _, err := cutTag(l); err != nil || prefix != 'O' && prefix != 'B' && prefix != 'I' {
			return fmt.Errorf("label %q is none of IOB2: want O, B-CLASS or I-CLASS", l)
		}
		if seen[l] {
			return fmt.Errorf("label %q is there twice", l)
		}
		seen[l] = true
	}
	for _, l := range labels {
		if l != "O" && !(seen["B"+l[1:]] && seen["I"+l[1:]]) {
			return fmt.Errorf("label %q lacks its partner: both B%s and I%s are needed", l, l[1:], l[1:])
		}
	}
	if !seen["O"] {
		return fmt.Errorf("the labels lack O")
	}
	return nil
}

// Map returns the sentences with classes renamed to those of a label set, such as O, B-PER, I-PER, …. A class is
// renamed by rename (an empty name or O drops it); else kept if the set has it; else renamed by Synonyms if that gives a
// class of the set; else dropped: its words become O. The report names every class that was renamed or dropped.
func Map(sentences []Sentence, labels []string, rename map[string]string) ([]Sentence, Report, error) {
	report := Report{Mapped: map[string]string{}, Dropped: map[string]int{}}
	if err := CheckLabels(labels); err != nil {
		return nil, report, err
	}
	for _, from := range slices.Sorted(maps.Keys(rename)) {
		if to := rename[from]; to != "" && to != "O" && !slices.Contains(labels, "B-"+to) {
			return nil, report, fmt.Errorf("class %s is mapped to %s, which the labels do not have", from, to)
		}
	}
	target := func(class string) (string, bool) {
		if to, ok := rename[class]; ok {
			return to, to != "" && to != "O"
		}
		if slices.Contains(labels, "B-"+class) {
			return class, true
		}
		to, ok := Synonyms[class]
		return to, ok && slices.Contains(labels, "B-"+to)
	}
	out := make([]Sentence, len(sentences))
	for i, s := range sentences {
		out[i] = Sentence{Words: s.Words, Tags: make([]string, len(s.Tags))}
		for k, tag := range s.Tags {
			prefix, class, err := cutTag(tag)
			if err != nil {
				return nil, report, err
			}
			mapped := "O"
			if prefix != 'O' {
				if to, ok := target(class); ok {
					mapped = string(prefix) + "-" + to
					if to != class {
						report.Mapped[class] = to
					}
				} else {
					report.Dropped[class]++
				}
			}
			out[i].Tags[k] = mapped
			bump(&report.Labels, mapped, 1)
		}
		report.Sentences++
		report.Tokens += len(s.Words)
	}
	return out, report, nil
}
