package workflows

// Workflow ids are a function of names, so that starting what already runs finds it.

// SweepID is the id of a sweep's workflow.
func SweepID(sweep string) string { return "sweep/" + sweep }

// CorpusID is the id of a language's corpus workflow within a sweep.
func CorpusID(sweep, lang string) string { return SweepID(sweep) + "/corpus/" + lang }

// MLMHeadID is the id of the MLM-head workflow within a sweep.
func MLMHeadID(sweep string) string { return SweepID(sweep) + "/mlm-head" }

// LanguageID is the id of a language adapter's workflow within a sweep.
func LanguageID(sweep, lang string) string { return SweepID(sweep) + "/language/" + lang }

// TaskID is the id of a task adapter's workflow; alone is the one trained without any language adapter.
func TaskID(sweep, task string, alone bool) string {
	if alone {
		return SweepID(sweep) + "/task/" + task + "/alone"
	}
	return SweepID(sweep) + "/task/" + task
}

// ZeroShotID is the id of one evaluation within a sweep.
func ZeroShotID(sweep, task, lang string) string {
	return SweepID(sweep) + "/zero-shot/" + task + "/" + lang
}
