# Botique: everything a newcomer, a developer and CI type. `make help` lists it.
# Needs GNU make and Python >= 3.11, nothing else.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

export PORT ?= 8000
BIN := .venv/bin
UV := $(BIN)/uv pip
INTO := --python $(BIN)/python

# A stamp's name holds the checksum of what it was installed from, so that a checkout that only
# touches files reinstalls nothing and one that brings another lock reinstalls at once.
key = $(shell cat pyproject.toml $(1) | cksum | tr -d ' ')
RUNTIME := .venv/.runtime-$(call key,requirements.lock)
DEV := .venv/.dev-$(call key,requirements.lock requirements-dev.lock)

BENCH := .venv/bench
PEERS := $(BENCH)/.installed-$(call key,requirements-bench.lock)

FOREIGN_LOCK := $(wildcard tests/foreign/package-lock.json)
FOREIGN := $(if $(FOREIGN_LOCK),tests/foreign/node_modules/.installed)

.PHONY: help run dev check lint test soak benchmarks format lock browser clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUNTIME) ## Start everything with the demo shop on PORT (8000)
	@exec $(BIN)/botique demo

dev: $(DEV) ## Make the environment for work on Botique

check: lint ## Format, lint, types, borders, house tests: before every commit
	$(BIN)/python -m pytest -q tests/house

PYTEST = $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# The language first: every branch of it has a test, or this stops here.  Then all the rest.
test: lint $(FOREIGN) ## Everything CI runs
	$(PYTEST) tests/flows --cov
	$(PYTEST) --ignore=tests/flows

soak: $(DEV) ## Kill Botique 200 times while people talk, and count what is lost (nothing); then memory
	$(BIN)/python -m tests.kill.soak --kills 200 --updates 10000
	$(BIN)/python -m tests.benchmarks.bench_memory

benchmarks: $(DEV) $(PEERS) ## Install what Botique is measured against, and say how to measure
	@for file in tests/benchmarks/bench_*.py; do \
		name=$${file##*/}; echo "$(BIN)/python -m tests.benchmarks.$${name%.py}"; \
	done

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## Put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What builds the project is locked with it: hatchling and editables run without build isolation,
# and uv itself is bootstrapped by pip from its line in the lock.
COMPILE = printf '%s\n' hatchling editables uv | $(UV) compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(UPGRADE)

lock: | $(BIN)/uv ## Write all locks anew (UPGRADE=--upgrade for the latest releases)
	$(COMPILE) --output-file requirements.lock pyproject.toml -
	$(COMPILE) --output-file requirements-dev.lock --constraint requirements.lock \
		--group dev pyproject.toml -
	$(COMPILE) --output-file requirements-bench.lock --constraint requirements-dev.lock --group bench
	! grep -nE '://|--[a-z-]*(index|links|host)' requirements.lock requirements-dev.lock \
		requirements-bench.lock

browser: ## Make sure a Chromium is there for the tests
	@for name in "$${CHROMIUM:-}" chromium chromium-browser google-chrome; do \
		if [ -n "$$name" ] && command -v "$$name"; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "No Chromium: install chromium or google-chrome, or put its path into CHROMIUM." >&2; \
		exit 1; \
	fi; \
	apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium

clean: ## Remove all that make can make again (the shop's data stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		tests/foreign/node_modules dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A name on PATH may be a stub for a Python that is not there, and Debian may lack venv: ask each.
$(BIN)/uv:
	@for name in $${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do \
		if "$$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
		echo "Python 3.11 or later with venv is needed (on Debian: python3-venv)." >&2; exit 1; \
	fi; \
	echo "Making .venv with $$("$$python" -V)"; \
	"$$python" -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@if [ -s .venv/uv.lock ]; then set -- --require-hashes -r .venv/uv.lock; else set -- uv; fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$@"

define install
	$(UV) sync $(INTO) --require-hashes $(1)
	$(UV) install $(INTO) --quiet --no-deps --no-build-isolation --editable .
	@rm -f .venv/.runtime-* .venv/.dev-*
endef

$(RUNTIME): | $(BIN)/uv
	$(call install,requirements.lock)
	@touch $@

$(DEV): | $(BIN)/uv
	$(call install,requirements-dev.lock)
	@touch $@ $(RUNTIME)

# Others' bots run in an environment of their own: neither the tests nor the server know of it.
$(PEERS): | $(DEV)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(BENCH)
	$(UV) sync --python $(BENCH)/bin/python --require-hashes requirements-bench.lock
	@touch $@

tests/foreign/node_modules/.installed: $(FOREIGN_LOCK) | $(DEV)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix tests/foreign --no-audit --no-fund
	@touch $@
