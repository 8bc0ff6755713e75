package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"madx/infra/config"
)

// version is set by the linker.
var version = "devel"

// app is what every command shares.
type app struct {
	out, err io.Writer
	settings *viper.Viper
	output   string // table or json
	verbose  bool
	quiet    bool
	data     string    // of the development stack
	address  string    // of Temporal
	space    string    // Temporal namespace
	log      io.Writer // where log lines go; nil: standard error
}

// run executes the command line and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	a := &app{out: out, err: errOut, settings: viper.New()}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil {
		err = wayOut(cmd, err)
		a.complain(err)
	}
	return exitStatus(err)
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "madx",
		Short: "Train MAD-X adapters for many languages and evaluate them zero-shot",
		Long: `madx runs MAD-X (Pfeiffer et al. 2020) as a pipeline that survives anything: language adapters trained on each
language's Wikipedia, task adapters trained on source-language data, and zero-shot results for every target language.

First steps:
  madx dev                         start the development stack: Temporal with its Web UI, S3, a worker
  madx sweep plan sweep.yaml       what would run, what is cached
  madx sweep start sweep.yaml -w   run it and watch
` + exitStatusHelp,
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.readSettings() },
	}
	f := root.PersistentFlags()
	f.StringVarP(&a.output, "output", "o", "table", "how results are printed: table or json")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "log more")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print results and errors only")
	f.StringVar(&a.data, "data", "", "data folder of the development stack (default: dev in $MADX_HOME or ~/.local/share/madx)")
	f.StringVar(&a.address, "temporal-address", "", "Temporal host:port (default: TEMPORAL_ADDRESS or a profile, else the development stack)")
	f.StringVar(&a.space, "namespace", "", "Temporal namespace")
	f.String("store", "", "where artifacts are: s3://bucket/prefix or file:///dir (MADX_STORE_URI; default: the development stack)")
	_ = a.settings.BindPFlag("store.uri", f.Lookup("store"))
	root.AddCommand(a.devCommand(), a.workerCommand(), a.promoteCommand(), a.sweepCommand(), a.modelsCommand(), a.reportCommand(), a.demoCommand(), a.versionCommand())
	root.AddCommand(a.languageCommand(), a.headCommand(), a.taskCommand(), a.evaluateCommand())
	root.AddCommand(a.predictCommand(), a.fillMaskCommand(), a.adaptersCommand(), a.doctorCommand(), a.logsCommand(), a.uiCommand(), a.storeCommand())
	a.completeRest(root)
	a.finish(root)
	return root
}

// readSettings reads the settings file, when there is one, and the folders.
func (a *app) readSettings() error {
	if a.output != "table" && a.output != "json" {
		return usageError{fmt.Errorf("--output is %q: known are table and json", a.output)}
	}
	if a.data == "" {
		home, err := config.DataHome()
		if err != nil {
			return err
		}
		a.data = filepath.Join(home, "dev")
	}
	path, err := config.SettingsFile()
	if err != nil {
		return nil // no home folder: settings come from flags and environment only
	}
	a.settings.SetConfigFile(path)
	if err := a.settings.ReadInConfig(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return usageError{fmt.Errorf("settings file: %w", err)}
	}
	return nil
}

// logger writes for people: to standard error, or, beside a live view, to a file.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.log != nil {
		return slog.New(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	if a.verbose {
		level = slog.LevelDebug
	}
	if a.quiet {
		level = slog.LevelError
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
}

// say prints progress for people unless --quiet or JSON output is asked for.
func (a *app) say(format string, args ...any) {
	if !a.quiet && a.output != "json" {
		fmt.Fprintf(a.out, format+"\n", args...)
	}
}

// printJSON prints a result for --output json.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Long:    "Prints the version that the programs were built from.\n" + exitStatusHelp,
		Example: "  madx version\n  madx version -o json",
		RunE: func(*cobra.Command, []string) error {
			if a.output == "json" {
				return a.printJSON(map[string]string{"version": version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprintln(a.out, "madx", version)
			return err
		}}
}
