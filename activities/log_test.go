package activities

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"madx/infra/objectstore/faults"
	"madx/infra/telemetry"
)

// Whoever reads the logs of a hundred workers sees in each line what it is about.
func TestEveryLineNamesItsWork(t *testing.T) {
	var lines bytes.Buffer
	r, in := interrupted(t)
	r.Log = slog.New(slog.NewTextHandler(&lines, nil))
	named := func(ctx context.Context, in LanguageInput) (Trained, error) {
		return r.TrainLanguage(telemetry.WithWork(ctx, telemetry.Work{Sweep: "s", Stage: "language", Lang: "sw", Attempt: 3}), in)
	}
	spoil := func(key string, kind faults.Kind) {
		t.Helper()
		if err := faults.Spoil(t.Context(), r.Store, key, kind); err != nil {
			t.Fatal(err)
		}
	}
	spoil(r.checkpointAt(4)+"/state.json", faults.Flip)
	whole := r.Store
	broken := faults.New(whole)
	broken.Add(faults.Fault{Op: faults.Put, Key: "checkpoints/", Kind: faults.Fail})
	r.Store = broken
	made, err := perform(r, named, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Store = whole
	spoil(made.Ref.Prefix+"/adapter.json", faults.Lose)
	spoil(in.Corpus.Ref.Prefix+"/file", faults.Flip)
	r.Cache = &Cache{Dir: t.TempDir()} // another machine
	if _, err := perform(r, named, in); errorType(err) != TypeInputLost {
		t.Fatal(err)
	}
	for _, want := range []string{"checkpoint is damaged", "checkpoint not stored", "artifact is damaged", "input is damaged"} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("no line says that %s:\n%s", want, lines.String())
		}
	}
	for line := range strings.Lines(lines.String()) {
		if !strings.Contains(line, " sweep=s stage=language lang=sw attempt=3 ") {
			t.Errorf("does not name its work: %s", line)
		}
	}
}
