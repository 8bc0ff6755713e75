package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"madx/cmd/madx/internal/show"
	"madx/infra/config"
)

// askFirst lets a plan within the budget pass. Of a larger one it asks on a terminal, and refuses where there is none.
func (a *app) askFirst(s *config.Sweep, steps []planStep, yes bool, in io.Reader) error {
	hours, _ := sumHours(steps)
	if s.Budget.Hours == 0 || hours <= s.Budget.Hours || yes {
		return nil
	}
	what := fmt.Sprintf("the plan takes about %s on one device", show.Duration(hours*3600))
	if s.Budget.CostPerHour > 0 {
		what += fmt.Sprintf(", about %s %s", price(hours*s.Budget.CostPerHour), s.Budget.Currency)
	}
	what += fmt.Sprintf("; budget.device_hours allows %g hours", s.Budget.Hours)
	if !isTerminal(in) {
		return usageError{fmt.Errorf("%s: see `madx sweep plan %s`, then repeat with --yes", what, s.File)}
	}
	if !a.confirm(in, strings.ToUpper(what[:1])+what[1:]+".") {
		return usageError{fmt.Errorf("not started: see `madx sweep plan %s`", s.File)}
	}
	return nil
}

// confirm asks a question whose answer is no unless y is typed.
func (a *app) confirm(in io.Reader, question string) bool {
	fmt.Fprintf(a.err, "%s Start it? [y/N] ", question)
	line, _ := bufio.NewReader(in).ReadString('\n')
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}
