# Two commands for people: `make lab` and `make test`. The rest is for work on the project itself.
# Each set-up step leaves a stamp behind and is not repeated until what it depends on changes.

PYTHON ?= python3
LAB_ARGS ?=
PYTEST_ARGS ?=

BIN := .venv/bin
# In a container one is often root, which JupyterLab must be told to accept.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
STAMPS := .cache/stamps
FRONT := $(shell find widgets -name node_modules -prune -o -type f -print) atdata_nb/views/atdata.css

# Last on the path: where there is no Node, the set-up puts one there.
export PATH := $(PATH):$(CURDIR)/.venv/bin
# Compiled modules are kept, or every one of the many processes below would compile them again.
unexport PYTHONDONTWRITEBYTECODE
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: lab
lab: $(STAMPS)/python $(STAMPS)/bundle $(STAMPS)/sounds ## set up, fill the demo index, open JupyterLab
	$(BIN)/atdata-nb demo
	JUPYTER_CONFIG_PATH=notebooks/.jupyter \
	    $(BIN)/jupyter lab $(AS_ROOT) $(LAB_ARGS) notebooks/01-explore.ipynb

.PHONY: test
test: setup check ## set up, then run every check and every test
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

.PHONY: check
check: $(STAMPS)/python $(STAMPS)/bundle ## linters, types and the front end's own tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd widgets && npm run check && npm test

.PHONY: unit
unit: $(STAMPS)/python ## the inner loop: doctests and tests/unit
	$(BIN)/pytest -q -n 2 --dist loadfile atdata_nb tests/unit $(PYTEST_ARGS)

.PHONY: bench
bench: $(STAMPS)/python $(STAMPS)/interop ## print the benchmark tables
	$(BIN)/python -m benchmarks

.PHONY: notebooks
notebooks: $(STAMPS)/python $(STAMPS)/bundle $(STAMPS)/sounds ## run the notebooks and store what they show
	$(BIN)/python scripts/run_notebooks.py

.PHONY: setup
setup: $(STAMPS)/system $(STAMPS)/python $(STAMPS)/bundle $(STAMPS)/interop ## all that the tests need

.PHONY: pins
pins: $(STAMPS)/python ## choose all versions anew
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --extra all --group dev --group node pyproject.toml -o constraints.txt

.PHONY: clean
clean: ## forget every set-up step
	rm -rf .venv .venv-interop .cache widgets/node_modules atdata_nb/widgets/static

# A browser, a Redis and recordings, from Debian.
$(STAMPS)/system: scripts/debian.sh
	bash scripts/debian.sh chromium fonts-liberation redis-server sound-theme-freedesktop
	@mkdir -p $(@D) && touch $@

$(STAMPS)/sounds: scripts/sounds.sh | $(STAMPS)/python
	bash scripts/sounds.sh
	@mkdir -p $(@D) && touch $@

$(STAMPS)/python: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q -c constraints.txt uv
	ATDATA_NB_SKIP_BUNDLE=1 $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt \
	    -e '.[all]' --group dev
	command -v npm >/dev/null || \
	    $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt --group node
	@mkdir -p $(@D) && touch $@

$(STAMPS)/node: widgets/package-lock.json | $(STAMPS)/python
	cd widgets && npm ci --ignore-scripts --no-audit --no-fund
	@mkdir -p $(@D) && touch $@

$(STAMPS)/bundle: $(STAMPS)/node $(FRONT)
	cd widgets && npm run --silent build
	@mkdir -p $(@D) && touch $@

# The published packages that we exchange shards with, each in a Python 3.12 of its own.
$(STAMPS)/interop: tests/interop/setup.sh $(wildcard tests/interop/environments/*.txt) | $(STAMPS)/python
	bash tests/interop/setup.sh $(BIN)/uv
	@mkdir -p $(@D) && touch $@
