// Package figures is what a benchmark leaves: measured windows with what happened around them, their spread and ratios,
// the Markdown of docs/benchmarks.md, plots, and the comparison with committed figures. It must not know how anything is
// measured, nor libtorch.
package figures
