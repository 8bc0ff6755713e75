package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// benchWorks are what a sweep's stages do, in the words of madx-trainer bench.
var benchWorks = []string{"mlm", "task", "inference"}

func (a *app) modelsBenchCommand() *cobra.Command {
	var device string
	var seconds float64
	cmd := &cobra.Command{Use: "bench DIR", Short: "Measure how fast this machine trains on a base model, for plans", Args: cobra.ExactArgs(1),
		Long: `Runs madx-trainer bench for each kind of work (language adapters, task adapters, evaluation) and keeps the rates in
$MADX_HOME/bench, where ` + "`madx sweep plan`" + ` takes them from.
` + exitStatusHelp,
		Example: "  madx models bench /models/xlm-roberta-base\n  madx models bench /models/xlm-roberta-base --device cuda:0",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := modelFacts(args[0])
			if err == nil {
				f, err = f.withDigest()
			}
			if err != nil {
				return err
			}
			b := benched{Model: filepath.Base(args[0]), Digest: f.Digest, Device: device, Date: time.Now().UTC(), TokensPerS: map[string]float64{}}
			for _, work := range benchWorks {
				a.say("Measuring %s …", work)
				if b.TokensPerS[work], err = benchOne(cmd.Context(), args[0], work, device, seconds); err != nil {
					return err
				}
				a.say("  %.0f tokens/s", b.TokensPerS[work])
			}
			if err := keepBench(b); err != nil {
				return err
			}
			return a.result(b, "Kept for: madx sweep plan FILE")
		}}
	cmd.Flags().StringVar(&device, "device", "cpu", "cpu or cuda:N")
	cmd.Flags().Float64Var(&seconds, "seconds", 3, "seconds of a measurement, at least")
	return cmd
}

func benchOne(ctx context.Context, dir, work, device string, seconds float64) (float64, error) {
	program, err := siblingProgram("madx-trainer")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program, "bench", "--model", dir, "--work", work, "--device", device, "--batch", "8", "--seq", "64",
		"--seconds", fmt.Sprint(seconds), "--repeats", "1", "--output", "json")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("measure %s: %w: %s", work, err, strings.TrimSpace(said.String()))
	}
	var got struct {
		TokensPerS struct{ Median float64 } `json:"tokens_per_s"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.TokensPerS.Median <= 0 {
		return 0, fmt.Errorf("measure %s: madx-trainer printed no rate (%v): is it of the same version?", work, err)
	}
	return got.TokensPerS.Median, nil
}

// keepBench writes figures where plans look, in place of older ones of the same model and device.
func keepBench(b benched) error {
	dir, err := benchHome()
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	name := filepath.Join(dir, fmt.Sprintf("%.16s-%s.json", b.Digest, strings.ReplaceAll(b.Device, ":", "")))
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(name, append(body, '\n'), 0o644))
}
