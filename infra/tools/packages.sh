#!/usr/bin/env bash
# Prints this module's packages of one kind: "native" are those that need cgo, by
# themselves, through what they import or through what their tests import; "pure"
# are the others. So tests and linters run each kind in its own environment.
set -euo pipefail
kind=${1:?usage: packages.sh pure|native}
cd "$(dirname "$0")/../.."

# One line a package: path, own cgo files, then everything it needs.
CGO_ENABLED=1 go list -e -f '{{.ImportPath}} {{len .CgoFiles}} {{join .Deps " "}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... |
awk -v kind="$kind" '
  { path[NR] = $1; line[NR] = $0; if ($2 > 0) native[$1] = 1 }
  END {
    native["github.com/sugarme/gotch/libtch"] = 1
    # Test imports are direct ones only, so go on until nothing new is found.
    do {
      found = 0
      for (i = 1; i <= NR; i++) {
        if (path[i] in native) continue
        n = split(line[i], need, " ")
        for (j = 3; j <= n; j++) if (need[j] in native) { native[path[i]] = 1; found = 1; break }
      }
    } while (found)
    for (i = 1; i <= NR; i++) if ((path[i] in native) == (kind == "native")) print path[i]
  }'
