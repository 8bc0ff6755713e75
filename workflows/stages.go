package workflows

import (
	"go.temporal.io/sdk/workflow"

	"madx/activities"
)

// MLMHeadParams trains a masked-LM head for a base without one.
type MLMHeadParams struct {
	Sweep string                  `json:"sweep"`
	Input activities.MLMHeadInput `json:"input"`
}

// MLMHead trains the head on the text of all the sweep's languages; afterwards it stays frozen.
func MLMHead(ctx workflow.Context, p MLMHeadParams) (activities.Trained, error) {
	var a *activities.Activities
	return labelled(ctx, labels{Sweep: p.Sweep, Stage: "mlm-head", Model: p.Input.Model.Name}, func() (activities.Trained, error) {
		if found, ok := look[activities.Trained](ctx, a.FindTrained, activities.StageMLMHead, p.Input); ok {
			return found, nil
		}
		return untilItFits(ctx, &p.Input.Train, func() (out activities.Trained, err error) {
			err = workflow.ExecuteActivity(training(ctx, "mlm head"), a.TrainMLMHead, p.Input).Get(ctx, &out)
			return out, err
		})
	})
}

// LanguageAdapterParams trains one language's adapter.
type LanguageAdapterParams struct {
	Sweep string                   `json:"sweep"`
	Input activities.LanguageInput `json:"input"`
}

// LanguageAdapter trains a language adapter with its invertible adapter by masked language modelling (section 3.1 and
// 3.3 of the paper).
func LanguageAdapter(ctx workflow.Context, p LanguageAdapterParams) (activities.Trained, error) {
	var a *activities.Activities
	lang := p.Input.Corpus.Lang
	return labelled(ctx, labels{Sweep: p.Sweep, Lang: lang, Stage: "language", Model: p.Input.Model.Name}, func() (activities.Trained, error) {
		if found, ok := look[activities.Trained](ctx, a.FindTrained, activities.StageLanguage, p.Input); ok {
			return found, nil
		}
		return untilItFits(ctx, &p.Input.Train, func() (out activities.Trained, err error) {
			err = workflow.ExecuteActivity(training(ctx, "language adapter "+lang), a.TrainLanguage, p.Input).Get(ctx, &out)
			return out, err
		})
	})
}

// TaskAdapterParams trains one task adapter on the source language.
type TaskAdapterParams struct {
	Sweep  string               `json:"sweep"`
	Name   string               `json:"name"`
	Source string               `json:"source"`
	Input  activities.TaskInput `json:"input"`
}

// TaskAdapter trains a task adapter and its head; without Input.Source it is the baseline that knows no language adapter.
func TaskAdapter(ctx workflow.Context, p TaskAdapterParams) (activities.Trained, error) {
	var a *activities.Activities
	return labelled(ctx, labels{Sweep: p.Sweep, Lang: p.Source, Stage: "task", Task: p.Name, Model: p.Input.Model.Name}, func() (activities.Trained, error) {
		if found, ok := look[activities.Trained](ctx, a.FindTrained, activities.StageTask, p.Input); ok {
			return found, nil
		}
		return untilItFits(ctx, &p.Input.Train, func() (out activities.Trained, err error) {
			err = workflow.ExecuteActivity(training(ctx, "task adapter "+p.Name), a.TrainTask, p.Input).Get(ctx, &out)
			return out, err
		})
	})
}

// ZeroShotParams evaluates one task in one target language.
type ZeroShotParams struct {
	Sweep string                   `json:"sweep"`
	Name  string                   `json:"name"`
	Input activities.EvaluateInput `json:"input"`
}

// ZeroShot evaluates a task adapter in a language it was not trained on, by swapping the language adapter below it.
func ZeroShot(ctx workflow.Context, p ZeroShotParams) (activities.Evaluated, error) {
	var a *activities.Activities
	l := labels{Sweep: p.Sweep, Lang: p.Input.Lang, Stage: "zero-shot", Task: p.Name, Model: p.Input.Model.Name}
	return labelled(ctx, l, func() (out activities.Evaluated, err error) {
		if found, ok := look[activities.Evaluated](ctx, a.FindEvaluated, activities.StageEvaluation, p.Input); ok {
			found.Task = p.Name
			return found, nil
		}
		err = workflow.ExecuteActivity(training(ctx, "evaluate "+p.Name+" "+p.Input.Lang), a.Evaluate, p.Input).Get(ctx, &out)
		out.Task = p.Name
		return out, err
	})
}
