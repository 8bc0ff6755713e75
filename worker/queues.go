package worker

import (
	"runtime"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"madx/activities"
	"madx/workflows"
)

// dataSlots bounds concurrent downloads and corpora of one machine; each corpus uses all cores already.
const dataSlots = 2

// dataWorker takes workflows, downloads and corpora.
func dataWorker(c client.Client, o worker.Options, acts *activities.Activities) worker.Worker {
	o.MaxConcurrentActivityExecutionSize = dataSlots
	w := worker.New(c, workflows.QueueCPU, o)
	workflows.Register(w)
	w.RegisterActivity(acts.Download)
	w.RegisterActivity(acts.BuildCorpus)
	return w
}

// lightWorker takes what must not stand in line behind a corpus.
func lightWorker(c client.Client, o worker.Options, acts *activities.Activities) worker.Worker {
	o.DisableWorkflowWorker = true
	w := worker.New(c, workflows.QueueLight, o)
	w.RegisterActivity(acts.Publish)
	w.RegisterActivity(acts.Join)
	w.RegisterActivity(acts.FindTrained)
	w.RegisterActivity(acts.FindEvaluated)
	return w
}

// trainWorker takes trainings and evaluations for one device, one at a time. The workers of several devices share the
// cache and the locks of the machine.
func trainWorker(c client.Client, o worker.Options, acts *activities.Activities, device string, threads int) worker.Worker {
	own := *acts
	own.Device, own.Threads = device, threads
	o.MaxConcurrentActivityExecutionSize = 1
	o.DisableWorkflowWorker = true
	w := worker.New(c, workflows.QueueTrain, o)
	for _, a := range []any{own.TrainMLMHead, own.TrainLanguage, own.TrainTask, own.Evaluate} {
		w.RegisterActivity(a)
	}
	return w
}

// threads is how many a trainer of one of several devices gets; 0 means all cores.
func threads(asked, devices int) int {
	if asked > 0 || devices < 2 {
		return asked
	}
	return max(1, runtime.NumCPU()/devices)
}
