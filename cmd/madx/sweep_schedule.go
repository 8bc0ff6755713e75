package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"madx/workflows"
)

// scheduleID is the id of a sweep's schedule in Temporal, and the start of the ids of what it starts.
func scheduleID(sweep string) string { return "schedule/" + sweep }

// catchUp is how late a sweep may start whose time came while Temporal was down.
const catchUp = 7 * 24 * time.Hour

func (a *app) sweepScheduleCommand() *cobra.Command {
	var file, cron, zone string
	var set []string
	cmd := &cobra.Command{
		Use:   "schedule NAME -f FILE --cron CRON",
		Short: "Run a sweep again and again, at set times",
		Long: `Uploads the sweep file's model and data now, and has Temporal start the sweep at the given times under its own name, so
that status, watch, pause and the others take it. What has not changed since the last time is in the store: with
"snapshot: latest" a new dump makes that language's corpus anew and what hangs on it, and nothing else. A run whose time
comes while the sweep still runs is left out. Scheduling a sweep again replaces its schedule and what it runs.
` + exitStatusHelp,
		Example: `  madx sweep schedule demo -f sweep.yaml --cron "0 3 5 * *"
  madx sweep schedule demo -f sweep.yaml --cron "@weekly" --zone Africa/Nairobi
  madx sweep schedule list
  madx sweep schedule remove demo`,
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = a.connected(func(ctx context.Context, conn *connection, args []string) error {
		s, err := readSweep(file, set)
		if err != nil {
			return err
		}
		if s.Name != args[0] {
			return usageError{fmt.Errorf("%s is the file of sweep %s, not of %s", file, s.Name, args[0])}
		}
		if err := conn.checkLabels(ctx); err != nil {
			return err
		}
		p, err := (&submission{store: conn.store, say: a.say, fetch: a.fetchOptions(s)}).params(ctx, s)
		if err != nil {
			return err
		}
		next, err := putSchedule(ctx, conn.temporal.ScheduleClient(), p, cron, zone)
		if err != nil {
			return err
		}
		if a.output == "json" {
			return a.printJSON(map[string]any{"sweep": s.Name, "cron": cron, "zone": zone, "next": next})
		}
		a.say("Sweep %s runs at %q (%s), the next time %s.", s.Name, cron, zone, next.Local().Format(time.DateTime))
		return nil
	})
	f := cmd.Flags()
	f.StringVarP(&file, "file", "f", "", "sweep file")
	f.StringVar(&cron, "cron", "", "when: minute, hour, day of the month, month, day of the week; or @weekly, @every 24h")
	f.StringVar(&zone, "zone", "UTC", "time zone of --cron")
	f.StringArrayVar(&set, "set", nil, "override a key of the file: KEY=VALUE")
	_ = cmd.MarkFlagRequired("file")
	_ = cmd.MarkFlagRequired("cron")
	cmd.AddCommand(a.scheduleListCommand(), a.scheduleRemoveCommand())
	return cmd
}

// putSchedule makes or replaces a sweep's schedule and returns the next time.
func putSchedule(ctx context.Context, c client.ScheduleClient, p workflows.SweepParams, cron, zone string) (time.Time, error) {
	spec := client.ScheduleSpec{CronExpressions: []string{cron}, TimeZoneName: zone}
	note := cron + " " + zone // Temporal keeps no cron expression, only what it means
	action := &client.ScheduleWorkflowAction{ID: scheduleID(p.Name), Workflow: workflows.ScheduledSweep, Args: []any{p},
		TaskQueue: workflows.QueueCPU, Memo: map[string]any{"sweep": p.Name, "model": p.Model.Name}}
	handle, err := c.Create(ctx, client.ScheduleOptions{ID: scheduleID(p.Name), Spec: spec, Action: action, Note: note,
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchUp})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		handle = c.GetHandle(ctx, scheduleID(p.Name))
		err = handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			next := in.Description.Schedule
			next.Spec, next.Action, next.State.Note = &spec, action, note
			return &client.ScheduleUpdate{Schedule: &next}, nil
		}})
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return time.Time{}, usageError{fmt.Errorf("schedule %s at %q in %s: %w", p.Name, cron, zone, err)}
	}
	if err != nil {
		return time.Time{}, unreachable{fmt.Errorf("schedule %s: %w", p.Name, err)}
	}
	d, err := handle.Describe(ctx)
	if err != nil {
		return time.Time{}, unreachable{fmt.Errorf("schedule %s: %w", p.Name, err)}
	}
	if len(d.Info.NextActionTimes) == 0 {
		return time.Time{}, usageError{fmt.Errorf("%q never comes: see `madx sweep schedule remove %s`", cron, p.Name)}
	}
	return d.Info.NextActionTimes[0], nil
}

// scheduleRow is one line of `madx sweep schedule list`.
type scheduleRow struct {
	Sweep  string     `json:"sweep"`
	When   string     `json:"when"`
	Last   *time.Time `json:"last,omitempty"`
	Next   *time.Time `json:"next,omitempty"`
	Paused bool       `json:"paused,omitempty"`
}

func (a *app) scheduleListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the schedules of sweeps, with their last and next times",
		Long:    "Lists what Temporal has scheduled.\n" + exitStatusHelp,
		Example: "  madx sweep schedule list",
		Args:    cobra.NoArgs,
		RunE: a.connected(func(ctx context.Context, conn *connection, _ []string) error {
			all, err := conn.temporal.ScheduleClient().List(ctx, client.ScheduleListOptions{})
			if err != nil {
				return unreachable{fmt.Errorf("list schedules: %w", err)}
			}
			rows := []scheduleRow{}
			for all.HasNext() {
				e, err := all.Next()
				if err != nil {
					return unreachable{fmt.Errorf("list schedules: %w", err)}
				}
				sweep, ours := strings.CutPrefix(e.ID, scheduleID(""))
				if !ours {
					continue
				}
				r := scheduleRow{Sweep: sweep, When: e.Note, Paused: e.Paused}
				if n := len(e.RecentActions); n > 0 {
					r.Last = &e.RecentActions[n-1].ActualTime
				}
				if len(e.NextActionTimes) > 0 {
					r.Next = &e.NextActionTimes[0]
				}
				rows = append(rows, r)
			}
			if a.output == "json" {
				return a.printJSON(rows)
			}
			w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "SWEEP\tWHEN\tLAST\tNEXT")
			for _, r := range rows {
				next := moment(r.Next)
				if r.Paused {
					next = "paused"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Sweep, r.When, moment(r.Last), next)
			}
			return w.Flush()
		}),
	}
}

func moment(t *time.Time) string {
	if t == nil {
		return "–"
	}
	return t.Local().Format(time.DateTime)
}

func (a *app) scheduleRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Remove a sweep's schedule; a sweep that runs goes on",
		Long:    "Nothing is deleted from the store.\n" + exitStatusHelp,
		Example: "  madx sweep schedule remove demo",
		Args:    cobra.ExactArgs(1),
		RunE: a.connected(func(ctx context.Context, conn *connection, args []string) error {
			err := conn.temporal.ScheduleClient().GetHandle(ctx, scheduleID(args[0])).Delete(ctx)
			var notFound *serviceerror.NotFound
			if errors.As(err, &notFound) {
				return fmt.Errorf("sweep %s has no schedule: %w: see `madx sweep schedule list`", args[0], err)
			}
			if err != nil {
				return unreachable{fmt.Errorf("remove the schedule of %s: %w", args[0], err)}
			}
			return a.result(map[string]string{"sweep": args[0]}, "Sweep %s runs no longer by itself.", args[0])
		}),
	}
}
