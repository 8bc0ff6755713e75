package activities

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
)

// Error types as Temporal shows them: the causes that retries are chosen by.
const (
	TypeBadInput    = "BadInput"    // the same input fails every time
	TypeDiverged    = "Diverged"    // the training itself failed
	TypeOutOfMemory = "OutOfMemory" // the device's memory is too small for the micro-batch
	TypePreempted   = "Preempted"   // the worker is told to stop
	TypeDevice      = "DeviceLost"  // the device, as the trainer says
	TypeKilled      = "Killed"      // the trainer, by a signal from outside
	TypeLost        = "Lost"        // the worker with its machine: no heartbeat any more
	TypeStalled     = "Stalled"     // no step within the limit: killed
	TypeFenced      = "Fenced"      // a later attempt has taken over the training
	TypeStore       = "Store"       // store or network
	TypeDiskFull    = "DiskFull"    // of the machine that trains
	TypeInternal    = "Internal"    // the trainer's own fault: in the end never (hopeless)
	TypeInputLost   = "InputLost"   // an artifact of an earlier stage is gone: the sweep makes it again
	TypeTerminated  = "Terminated"  // a workflow ended by hand
)

// Policy says what follows a failure of one cause.
type Policy struct {
	Never bool // the same attempt fails every time; what else there is to do is said beside
	Now   bool // at once; otherwise after a pause that grows
}

// Policies are all of them, by error type. How long pauses grow and how many attempts there are is said by the options
// of each kind of activity, in package workflows.
var Policies = map[string]Policy{
	TypeBadInput:    {Never: true}, // a person mends it and retries
	TypeDiverged:    {Never: true}, // a person changes the recipe
	TypeOutOfMemory: {Never: true}, // the workflow tries again with half the micro-batch
	TypeInputLost:   {Never: true}, // the sweep makes the input again, then tries again
	TypePreempted:   {Now: true},
	TypeDevice:      {Now: true}, // elsewhere, if there is an elsewhere
	TypeKilled:      {Now: true},
	TypeStalled:     {Now: true},
	TypeLost:        {}, // Temporal's own: a heartbeat that did not come
	TypeFenced:      {}, // the next one waits for that one
	TypeStore:       {},
	TypeDiskFull:    {},
	TypeInternal:    {},
}

// NeverRetried lists the error types that no attempt follows, sorted.
func NeverRetried() []string {
	var out []string
	for typ, p := range Policies {
		if p.Never {
			out = append(out, typ)
		}
	}
	slices.Sort(out)
	return out
}

// atOnce is the pause before an attempt that follows at once; Temporal takes zero for "as usual".
const atOnce = 100 * time.Millisecond

// diskPause is the pause of a full disk, until somebody has freed it.
const diskPause = time.Minute

// failure makes the error of a cause. Past attempts go with it, so that whoever reads of the last one knows them all.
func failure(typ, message string, cause error, past []Ended) error {
	o := temporal.ApplicationErrorOptions{NonRetryable: Policies[typ].Never, Cause: cause}
	if Policies[typ].Now {
		o.NextRetryDelay = atOnce
	}
	if typ == TypeDiskFull {
		o.NextRetryDelay = diskPause
	}
	if len(past) > 0 {
		o.Details = []any{past}
	}
	return temporal.NewApplicationErrorWithOptions(message, typ, o)
}
