package activities

import (
	"context"
	"encoding/json"
	"fmt"
)

// Stages of trainings, by which their artifacts are named.
const (
	StageMLMHead    = "mlm-head"
	StageLanguage   = "language"
	StageTask       = "task"
	StageEvaluation = "evaluation"
)

// Wanted names the artifact that a training or an evaluation would make.
type Wanted struct {
	Stage string `json:"stage"`
	Key   string `json:"key"`
}

// Found is an artifact that may be there already.
type Found[R any] struct {
	There bool `json:"there"`
	It    R    `json:"it"`
}

// FindTrained looks for what a training would make, so that what is there need not wait for a device.
func (a *Activities) FindTrained(ctx context.Context, in Wanted) (Found[Trained], error) {
	r, ok, err := a.findTrained(ctx, in.Stage, in.Key)
	r.Curve = nil
	return Found[Trained]{ok, r}, classify(err)
}

// FindEvaluated looks for the results of an evaluation.
func (a *Activities) FindEvaluated(ctx context.Context, in Wanted) (Found[Evaluated], error) {
	t, ok, err := a.findTrained(ctx, in.Stage, in.Key)
	if err != nil || !ok {
		return Found[Evaluated]{}, classify(err)
	}
	r, err := a.readResults(ctx, t)
	return Found[Evaluated]{err == nil, r}, classify(err)
}

func (a *Activities) findTrained(ctx context.Context, stage, key string) (Trained, bool, error) {
	m, ref, ok, err := a.find(ctx, ArtifactPrefix(stage, key))
	if err != nil || !ok {
		return Trained{}, false, err
	}
	var r Trained
	if err := json.Unmarshal(m.Meta, &r); err != nil {
		return Trained{}, false, fmt.Errorf("manifest of %s: %w", ref.URI, err)
	}
	r.Ref, r.Cached = ref, true
	return r, true, nil
}
