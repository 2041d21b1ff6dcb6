# The one front door: `make` lists what there is to do.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.installed
# Where Python may write no bytecode (containers often forbid it), each command would compile the sources anew.
COMPILE := $(BIN)/python -m compileall -q src
UV ?= uv
ARGS ?=

# The first Python that starts, for which there are wheels of all that is locked, and which can make a virtual environment
# (Debian splits ensurepip off).
PYTHONS = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
NO_PYTHON = No Python from 3.11 to 3.14 with venv found ($(PYTHONS)); install one, or say make PYTHON=/path/to/python3
FOUND_PYTHON = $(or $(shell for python in $(PYTHONS); do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1 \
	&& echo $$python && break; done),$(error $(NO_PYTHON)))

.DEFAULT_GOAL := help
.PHONY: help python setup demo serve test crashtest check lint format types layers bench bench-full fuzz lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

python:
	@echo $(FOUND_PYTHON)

setup: $(STAMP) ## Make .venv with the locked requirements and the project (PYTHON=... picks the interpreter)
	@$(COMPILE)

# An environment is made anew as well if PYTHON names another Python than the one that it is of.
WHICH = -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null
ifdef PYTHON
.PHONY: $(shell wanted=$$($(PYTHON) $(WHICH)); for venv in $(VENV) .venv-bench .venv-fuzz; do \
	test "$$($$venv/bin/python $(WHICH))" = "$$wanted" || echo $$venv/.locked; done)
endif

# From nothing whenever the lock changes, so that no package lingers which is no longer required.
$(VENV)/.locked: requirements/dev.txt
	$(FOUND_PYTHON) -m venv --clear $(VENV)
	$(PIP) --only-binary=:all: --require-hashes -r requirements/dev.txt
	@touch $@

# A lax editable install: Python and import-linter find src/ as gexlake through an import hook, and see a file the
# moment it is there. A strict one links the files that exist at install time and misses every later one.
# mypy follows no import hook: it reads src/ itself, see pyproject.toml.
# What is compiled is optional, and pip says nothing if it could not be.
NOT_COMPILED = Nothing was compiled, for lack of a C compiler or of Python.h: all works, but imports take longer.
COMPILED = src/adapters/legacy/decoding/*.so src/adapters/legacy/decoding/*.pyd
$(STAMP): pyproject.toml $(VENV)/.locked $(wildcard src/adapters/legacy/decoding/*.c src/adapters/legacy/decoding/*.h)
	@rm -f $(COMPILED)
	$(PIP) --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@$(BIN)/python -c 'import gexlake.adapters.legacy.decoding._usual' 2>/dev/null || echo "$(NOT_COMPILED)"
	@touch $@

demo: $(STAMP) ## Show what gexlake does, on made-up data
	$(BIN)/gexlake demo $(ARGS)

serve: $(STAMP) ## Serve the lake in ./lake (ARGS="--lake DIR --port N")
	$(BIN)/gexlake serve $(ARGS)

test: $(STAMP) ## Run the tests on all cores (ARGS="tests/unit -k name")
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

crashtest: $(STAMP) ## Kill imports hundreds of times and tell what was lost (ARGS="--kills 220 --seed 7")
	$(BIN)/python tests/crashtest.py $(ARGS)

check: lint types layers test ## Run everything that must hold before a change is handed in

lint: $(STAMP) ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(STAMP) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

types: $(STAMP) ## Check the types
	$(BIN)/mypy

layers: $(STAMP) ## Check that imports point inwards
	$(BIN)/lint-imports

# The peers have an environment of their own, for the product must not find what they bring. Where there is no wheel of
# one of them for this Python, the benchmarks go on without it and say so.
.venv-bench/.locked: requirements/bench.txt
	$(FOUND_PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
		-r requirements/bench.txt || echo "The benchmarks will lack the peers."
	@touch $@

bench: $(STAMP) .venv-bench/.locked ## Measure speed, in minutes (ARGS="--only imports,queries")
	$(BIN)/python benchmarks/run.py $(ARGS)

bench-full: $(STAMP) .venv-bench/.locked ## Measure speed at the size of a whole archive, in an hour or two
	$(BIN)/python benchmarks/run.py --full $(ARGS)

# Extras are kept: without them pip takes a newer release than the locked one for what asks for `coverage[toml]`.
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-strip-extras --no-emit-index-url --custom-compile-command "make lock"

.venv-fuzz/.locked: requirements/fuzz.txt
	$(FOUND_PYTHON) -m venv --clear .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
		-r requirements/fuzz.txt
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

fuzz: .venv-fuzz/.locked ## Fuzz the reader on Linux, for ten minutes (ARGS="--seconds 60")
	.venv-fuzz/bin/python tests/fuzz/fuzz_reader.py $(ARGS)

lock: ## Pin the requirements from pyproject.toml, with uv (ARGS=--upgrade moves to the newest)
	$(LOCK) $(ARGS) --output-file requirements/runtime.txt pyproject.toml
	$(LOCK) $(ARGS) --constraint requirements/runtime.txt --extra test --extra dev \
		--output-file requirements/dev.txt pyproject.toml
	$(LOCK) $(ARGS) --constraint requirements/runtime.txt --extra fuzz \
		--output-file requirements/fuzz.txt pyproject.toml
	$(LOCK) $(ARGS) --constraint requirements/runtime.txt --extra bench \
		--output-file requirements/bench.txt pyproject.toml

clean: ## Remove all that these targets have made
	rm -rf $(VENV) .venv-bench .venv-fuzz .fuzz build dist *.egg-info .coverage .coverage.* htmlcov .hypothesis
	rm -f $(COMPILED)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .grimp_cache
	find benchmarks examples src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
