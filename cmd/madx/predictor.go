package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"madx/activities"
	"madx/cmd/madx/internal/shelf"
	"madx/infra/config"
	"madx/infra/objectstore"
	"madx/trainer/predict"
	"madx/trainer/spec"
)

// predictor is a running `madx-trainer predict`.
type predictor struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	said  *strings.Builder // standard error
	spec  string           // file
	Ready predict.Ready
}

// startPredictor loads a stack in a process of its own and waits until it answers.
func startPredictor(ctx context.Context, s predict.Spec) (*predictor, error) {
	program, err := siblingProgram("madx-trainer")
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "madx-predict-*.json")
	if err != nil {
		return nil, err
	}
	p := &predictor{spec: f.Name(), said: &strings.Builder{}}
	err = json.NewEncoder(f).Encode(s)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	p.cmd = exec.CommandContext(ctx, program, "predict", f.Name())
	p.cmd.Stderr = p.said
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	if err := p.read(&p.Ready); err != nil {
		p.close()
		if s.Device != "cpu" {
			return nil, fmt.Errorf("%w: --device cpu works everywhere", err)
		}
		return nil, err
	}
	return p, nil
}

// read decodes the next line; where the process ended instead, its last words are the error.
func (p *predictor) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		_ = p.cmd.Wait()
		said := strings.TrimPrefix(strings.TrimSpace(p.said.String()), "madx-trainer: ")
		return fmt.Errorf("the predicting process ended: %s", said)
	}
	return json.Unmarshal(line, v)
}

// ask sends one query, as JSON, and waits for its answer.
func (p *predictor) ask(query []byte) (predict.Answer, error) {
	var a predict.Answer
	if _, err := p.in.Write(append(query, '\n')); err != nil {
		return a, p.read(&a)
	}
	return a, p.read(&a)
}

func (p *predictor) close() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // what went wrong was said with the answer
	_ = os.Remove(p.spec)
}

// stackFlags name a stack of adapters.
type stackFlags struct {
	task, lang, sweep, from        string
	model, head, language, adapter string
	device                         string
	threads, top                   int
}

// resolve finds the stack's folders: those named, those below --from, or the best of the store, fetched.
func (a *app) resolve(ctx context.Context, f stackFlags) (predict.Spec, string, error) {
	s, about, err := a.resolveFolders(ctx, f)
	s.Device, s.Threads, s.Top = f.device, f.threads, f.top
	return s, about, err
}

func (a *app) resolveFolders(ctx context.Context, f stackFlags) (predict.Spec, string, error) {
	if f.model != "" && (f.language != "" || f.adapter != "") {
		return predict.Spec{Task: spec.Task(f.task), Model: spec.Model{Dir: f.model, MLMHead: f.head}, Language: f.language, Adapter: f.adapter},
			"the folders named", nil
	}
	if f.lang == "" {
		return predict.Spec{}, "", usageError{errors.New("--lang is missing: name the language of the text, such as --lang sw")}
	}
	if f.from != "" {
		models, err := modelFolders(f.model)
		if err != nil {
			return predict.Spec{}, "", err
		}
		s, err := shelf.PickFolder(f.from, f.task, f.lang, models)
		return s, "adapters of " + f.from, err
	}
	store, err := a.openStore(ctx)
	if err != nil {
		return predict.Spec{}, "", err
	}
	have, err := shelf.Open(ctx, store)
	if err != nil {
		return predict.Spec{}, "", unreachable{err}
	}
	c, err := have.Pick(f.task, f.lang, f.sweep)
	if err != nil {
		return predict.Spec{}, "", err
	}
	about := fmt.Sprintf("%s of sweep %s in %s on %s", c.Name, c.Sweep, f.lang, c.Model.Name)
	if c.Metric != "" {
		about += fmt.Sprintf(", test %s %.1f", c.Metric, 100*c.Score)
	}
	s, err := fetchStack(ctx, store, c)
	return s, about, err
}

// modelFolders are the base models to look through for one that adapters name.
func modelFolders(given string) ([]string, error) {
	if given != "" {
		return []string{given}, nil
	}
	home, err := modelsHome()
	if err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(home, "*"))
}

// fetchedBytes bounds what is kept of stacks that were fetched: some ten base models; those used last stay.
const fetchedBytes = 20 << 30

// fetchStack brings a stack's folders to this machine, where they stay for the next time.
func fetchStack(ctx context.Context, store objectstore.Store, c shelf.Choice) (predict.Spec, error) {
	home, err := config.DataHome()
	if err != nil {
		return predict.Spec{}, err
	}
	cache := &activities.Cache{Dir: filepath.Join(home, "fetched"), MaxBytes: fetchedBytes}
	s := predict.Spec{Task: c.Task, Model: spec.Model{Precision: c.Model.Precision}}
	for _, x := range []struct {
		ref *activities.Ref
		dir *string
	}{{&c.Model.Ref, &s.Model.Dir}, {c.MLMHead, &s.Model.MLMHead}, {c.Language, &s.Language}, {c.Source, &s.Source}, {c.Adapter, &s.Adapter}} {
		if x.ref == nil {
			continue
		}
		dir, _, err := cache.Hold(ctx, store, *x.ref)
		if err != nil {
			return s, err
		}
		*x.dir = dir
	}
	return s, nil
}
