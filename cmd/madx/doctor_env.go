package main

import (
	"slices"
	"strings"

	"madx/infra/config"
)

// connectionVariables are the settings of services and workers in the environment; each key of a sweep file has one more.
func connectionVariables() []string {
	return append(config.StoreVariables(), "MADX_HOME", "MADX_PAYLOAD_KEY", "MADX_PAYLOAD_KEY_FILE",
		"MADX_WORKER_METRICS_ADDR", "MADX_WORKER_LOG_FORMAT", "MADX_WORKER_DEPLOYMENT", "MADX_WORKER_BUILD_ID")
}

// checkVariables finds names in the environment that look like a setting and are none: nothing else would tell that a
// bucket's address in a service's environment file was ignored.
func checkVariables(environ []string) []finding {
	known := connectionVariables()
	var out []finding
	for _, one := range environ {
		name, _, _ := strings.Cut(one, "=")
		if !strings.HasPrefix(name, config.EnvPrefix) || slices.Contains(known, name) {
			continue
		}
		family, near := "", ""
		for _, k := range known {
			if first, _, ok := strings.Cut(strings.TrimPrefix(k, config.EnvPrefix), "_"); ok && strings.HasPrefix(name, config.EnvPrefix+first+"_") {
				family = config.EnvPrefix + first + "_…"
			}
			if oneOff(k, name) {
				near = k
			}
		}
		switch {
		case near != "":
			out = append(out, finding{"environment", "warn", name + " is no setting and is ignored", "did you mean " + near + "?"})
		case family != "":
			out = append(out, finding{"environment", "warn", name + " is no setting and is ignored", "of " + family + " there are " + strings.Join(slices.DeleteFunc(slices.Clone(known), func(k string) bool {
				return !strings.HasPrefix(k, strings.TrimSuffix(family, "…"))
			}), ", ")})
		}
	}
	return out
}
