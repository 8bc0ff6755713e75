// Package bench measures what a base model does on this machine: tokens per second, floating-point operations against a
// matrix-product yardstick timed around the same windows, memory, and where the time of a step goes. The weights may be
// random, since speed does not depend on them. It must not know specs, files of results or the programs it is compared
// with; how figures are kept and shown is package figures' business.
package bench
