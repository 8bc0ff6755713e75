package main

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"madx/infra/langs"
)

//go:embed sweep.yaml.tmpl
var sweepTemplate string

// draft is what a new sweep file is made of.
type draft struct {
	Name, Model, Source string
	Targets             []string
	Kind, Train, Format string
	Test                map[string]string // language → file
	tests               []string
}

func (a *app) sweepInitCommand() *cobra.Command {
	var d draft
	cmd := &cobra.Command{Use: "init [FILE]", Short: "Write a commented sweep file from a few questions or flags", Args: cobra.MaximumNArgs(1),
		Long: `Asks on a terminal for what the flags leave out, and writes FILE (default: sweep.yaml), which must not exist; "-" prints it.
Check it with ` + "`madx sweep plan FILE`" + `.
` + exitStatusHelp,
		Example: "  madx sweep init\n  madx sweep init ner.yaml --name ner-africa --model models/xlmr --source en --targets sw,yo --kind ner --train en.conll --test sw=sw.conll --test yo=yo.conll",
		RunE: func(cmd *cobra.Command, args []string) error {
			if isTerminal(cmd.InOrStdin()) {
				d.ask(cmd.InOrStdin(), a.err)
			}
			text, err := d.render()
			if err != nil {
				return err
			}
			path := firstOf(strings.Join(args, ""), "sweep.yaml")
			if path == "-" {
				_, err := io.WriteString(a.out, text)
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return usageError{fmt.Errorf("%s is there already: name another file", path)}
			}
			if err != nil {
				return err
			}
			_, err = f.WriteString(text)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			return a.result(map[string]string{"file": path}, "Wrote %s. Check it with: madx sweep plan %s", path, path)
		}}
	f := cmd.Flags()
	f.StringVar(&d.Name, "name", "", "name of the sweep")
	f.StringVar(&d.Model, "model", "", "folder of the base model")
	f.StringVar(&d.Source, "source", "", "language of the task data, such as en")
	f.StringSliceVar(&d.Targets, "targets", nil, "languages to transfer to, such as sw,yo")
	f.StringVar(&d.Kind, "kind", "", "ner, ccr or qa")
	f.StringVar(&d.Train, "train", "", "training data in the source language")
	f.StringVar(&d.Format, "format", "", "of the data (default by the file's name, else by kind: wikiann, xcopa or squad)")
	f.StringArrayVar(&d.tests, "test", nil, "test data: LANG=FILE; give each by itself")
	return cmd
}

func nearLanguages(lang string) string {
	if near := langs.Nearest(lang); len(near) > 0 {
		return ": near it are " + strings.Join(near, ", ")
	}
	return ": use the code of its Wikipedia, such as sw"
}

// ask fills in what no flag gave.
func (d *draft) ask(in io.Reader, out io.Writer) {
	lines := bufio.NewScanner(in)
	one := func(into *string, question, usual string) {
		if *into != "" {
			return
		}
		fmt.Fprintf(out, "%s [%s]: ", question, usual)
		if lines.Scan() {
			*into = strings.TrimSpace(lines.Text())
		}
	}
	one(&d.Name, "Name of the sweep", "my-sweep")
	one(&d.Model, "Folder of the base model", "models/xlm-roberta-base")
	one(&d.Source, "Language of the task data", "en")
	targets := strings.Join(d.Targets, ",")
	one(&targets, "Languages to transfer to, with commas between", "sw")
	d.Targets = strings.FieldsFunc(targets, func(r rune) bool { return r == ',' || r == ' ' })
	one(&d.Kind, "Task: ner, ccr (multiple choice) or qa", "ner")
	one(&d.Train, "Training data in "+firstOf(d.Source, "en"), "train."+firstOf(d.Kind, "ner"))
	if len(d.tests) > 0 {
		return
	}
	for _, lang := range d.Targets {
		file, usual := "", testFile(lang, d.Kind)
		one(&file, "Test data in "+lang, usual)
		d.tests = append(d.tests, lang+"="+firstOf(file, usual))
	}
}

func testFile(lang, kind string) string { return "test-" + lang + "." + firstOf(kind, "ner") }

// formatOf guesses a file's format by its name, else by the kind of task.
func formatOf(file, kind string) string {
	switch ext := strings.TrimPrefix(filepath.Ext(file), "."); {
	case kind == "ner" && (ext == "iob2" || ext == "conll"):
		return ext
	}
	return formats[kind]
}

var formats = map[string]string{"ner": "wikiann", "ccr": "xcopa", "qa": "squad"}

// render fills defaults in and checks what can be checked without the data.
func (d *draft) render() (string, error) {
	for field, usual := range map[*string]string{&d.Name: "my-sweep", &d.Model: "models/xlm-roberta-base", &d.Source: "en", &d.Kind: "ner"} {
		*field = firstOf(*field, usual)
	}
	if len(d.Targets) == 0 {
		d.Targets = []string{"sw"}
	}
	if formats[d.Kind] == "" {
		return "", usageError{fmt.Errorf("--kind is %q: known are ner, ccr and qa", d.Kind)}
	}
	d.Train = firstOf(d.Train, "train."+d.Kind)
	d.Format = firstOf(d.Format, formatOf(d.Train, d.Kind))
	for _, lang := range append([]string{d.Source}, d.Targets...) {
		if !langs.Known(lang) {
			return "", usageError{fmt.Errorf("unknown language code %q%s", lang, nearLanguages(lang))}
		}
	}
	d.Test = map[string]string{}
	for _, t := range d.tests {
		lang, file, ok := strings.Cut(t, "=")
		if !ok {
			return "", usageError{fmt.Errorf("--test is %q: write LANG=FILE", t)}
		}
		d.Test[lang] = file
	}
	if len(d.Test) == 0 {
		for _, lang := range d.Targets {
			d.Test[lang] = testFile(lang, d.Kind)
		}
	}
	t, err := template.New("sweep").Parse(sweepTemplate)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, d)
	return b.String(), err
}
