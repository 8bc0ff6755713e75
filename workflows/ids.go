package workflows

import (
	"strconv"
	"strings"
)

// Workflow ids are a function of names, so that starting what already runs finds it.

// SweepID is the id of a sweep's workflow.
func SweepID(sweep string) string { return "sweep/" + sweep }

// GoalID is the id of the workflow of a stage that was started alone: step is that stage's own id in a sweep.
func GoalID(step string) string { return "stage/" + strings.TrimPrefix(step, SweepID("")) }

// WorkflowID is the id of what people name: a sweep, or a stage that was started alone, such as demo/language/sw.
func WorkflowID(name string) string {
	if strings.Contains(name, "/") {
		return GoalID(SweepID(name))
	}
	return SweepID(name)
}

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

// StageID is the id of an earlier training of a task adapter; TaskID's workflow goes on from the last one.
func StageID(sweep, task string, alone bool, stage int) string {
	return TaskID(sweep, task, alone) + "/stage-" + strconv.Itoa(stage+1)
}

// StageName is the stage of a step that trains a task adapter: "task" and "task alone", with the number of an earlier
// training before it. A negative stage is the last training, the one that the result is of.
func StageName(alone bool, stage int) string {
	name := "task"
	if stage >= 0 {
		name += " stage " + strconv.Itoa(stage+1)
	}
	if alone {
		name += " alone"
	}
	return name
}

// ZeroShotID is the id of one evaluation within a sweep.
func ZeroShotID(sweep, task, lang string) string {
	return SweepID(sweep) + "/zero-shot/" + task + "/" + lang
}
