package worker

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// versions says which version of which deployment a worker is. With none it takes every workflow, as the development
// stack's does.
func (o Options) versions() worker.DeploymentOptions {
	if o.Deployment == "" {
		return worker.DeploymentOptions{}
	}
	d := worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: o.Deployment, BuildID: o.BuildID},
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}
	if o.AutoUpgrade {
		d.DefaultVersioningBehavior = workflow.VersioningBehaviorAutoUpgrade
	}
	return d
}

// Version is one version of a deployment as Temporal sees it.
type Version struct {
	BuildID string `json:"build_id"`
	State   string `json:"state"` // current, draining, drained or inactive
}

// Promote makes a version the one that new sweeps run on. Temporal refuses it until that version's workers poll every
// queue that the present one's do.
func Promote(ctx context.Context, c client.Client, deployment, buildID string) ([]Version, error) {
	h := c.WorkerDeploymentClient().GetHandle(deployment)
	if _, err := h.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID}); err != nil {
		return nil, fmt.Errorf("version %s of deployment %s: %w: start its workers first, for trainings and for data", buildID, deployment, err)
	}
	d, err := h.Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return nil, fmt.Errorf("deployment %s: %w", deployment, err)
	}
	var out []Version
	for _, v := range d.Info.VersionSummaries {
		state := "inactive"
		switch {
		case v.Version.BuildID == buildID:
			state = "current"
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
			state = "draining"
		case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
			state = "drained"
		}
		out = append(out, Version{BuildID: v.Version.BuildID, State: state})
	}
	return out, nil
}
