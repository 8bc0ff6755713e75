package workflows

import "go.temporal.io/sdk/worker"

// Register makes every workflow of the package known to a worker.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflow(LanguageSweep)
	r.RegisterWorkflow(ScheduledSweep)
	r.RegisterWorkflow(Corpus)
	r.RegisterWorkflow(MLMHead)
	r.RegisterWorkflow(LanguageAdapter)
	r.RegisterWorkflow(TaskAdapter)
	r.RegisterWorkflow(ZeroShot)
}
