# Two commands for people: `make lab` and `make test`. The rest is for work on the project itself.
# Each set-up step leaves a stamp behind and is repeated only when what it depends on has changed.

PYTHON ?= python3
LAB_ARGS ?=
PYTEST_ARGS ?=

BIN := .venv/bin
NEW_ENOUGH := import sys; sys.exit(None if sys.version_info >= (3, 11) else f"atdata_nb needs \
    Python 3.11 or newer, and $(PYTHON) is {sys.version.split()[0]}: name another one, as in \
    `make lab PYTHON=python3.12`")
# In a container one is often root, which JupyterLab must be told to accept.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
BUNDLE := atdata_nb/widgets/static/browser.js
# What was installed into a folder is stamped in that folder, so that they go together.
PYTHON_SET := .venv/.installed
NODE_SET := widgets/node_modules/.installed
PEERS_SET := .venv-interop/.installed
TORCH_SET := .venv-torch/.installed
SOUNDS_SET := .venv/.sounds
SYSTEM_SET := .cache/system
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
lab: $(PYTHON_SET) $(BUNDLE) $(SOUNDS_SET) ## set up, fill the demo index, open JupyterLab
	$(BIN)/atdata-nb demo
	JUPYTER_CONFIG_PATH=notebooks/.jupyter \
	    $(BIN)/jupyter lab $(AS_ROOT) --ServerApp.root_dir=notebooks \
	    --LabApp.default_url=/lab/tree/00-start-here.ipynb $(LAB_ARGS)

.PHONY: test
test: setup check ## set up, then run every check and every test
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

.PHONY: test-torch
test-torch: $(TORCH_SET) ## the tests that need PyTorch, in an environment of their own
	.venv-torch/bin/pytest -o addopts="--import-mode=importlib --strict-markers -ra" \
	    -o norecursedirs=".*" tests/pytorch $(PYTEST_ARGS)

.PHONY: check
check: $(PYTHON_SET) $(BUNDLE) ## linters, types and the front end's own tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd widgets && npm run check && npm test

.PHONY: unit
unit: $(PYTHON_SET) $(BUNDLE) ## the inner loop: doctests and tests/unit
	$(BIN)/pytest -q -n 2 --dist loadfile -m 'not slow' atdata_nb tests/unit $(PYTEST_ARGS)

.PHONY: bench
bench: $(PYTHON_SET) $(PEERS_SET) ## print the benchmark tables
	$(BIN)/python -m benchmarks

.PHONY: notebooks
notebooks: $(PYTHON_SET) $(BUNDLE) $(SOUNDS_SET) ## run the notebooks and store what they show
	$(BIN)/python scripts/run_notebooks.py

.PHONY: setup
setup: $(SYSTEM_SET) $(PYTHON_SET) $(BUNDLE) $(PEERS_SET) sandbox ## all that the tests need

.PHONY: docs
docs: $(PYTHON_SET) ## write the page of all commands, build the documentation into site/
	$(BIN)/python scripts/cli_reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: binder-check
binder-check: ## build Binder's environment from binder/ alone and run the tour in it
	bash scripts/check_binder.sh $(PYTHON)

.PHONY: pins
pins: $(PYTHON_SET) ## choose all versions anew
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --extra all --group dev --group node pyproject.toml -o constraints.txt

.PHONY: clean
clean: ## forget every set-up step
	rm -rf .venv .venv-interop .venv-torch .cache widgets/node_modules atdata_nb/widgets/static

# A browser, a Redis, recordings, an S3 server (Ceph's) and a Slurm, from Debian.
SYSTEM := chromium fonts-liberation redis-server sound-theme-freedesktop \
    radosgw ceph-mon ceph-osd ceph-mgr ceph-common slurmctld slurmd slurm-client munge
$(SYSTEM_SET): scripts/debian.sh
	@mkdir -p $(@D)
	if bash scripts/debian.sh $(SYSTEM); then touch $@; \
	else echo "Going on without: the tests that need them will fail, and say so."; fi

$(SOUNDS_SET): scripts/sounds.sh | $(PYTHON_SET)
	bash scripts/sounds.sh
	@touch $@

# The launcher's card and the tour are copied to where JupyterLab looks for them.
$(PYTHON_SET): pyproject.toml constraints.txt $(shell find widgets/launcher -type f) \
    $(wildcard notebooks/*.ipynb)
	@test -x $(BIN)/python || $(PYTHON) -c '$(NEW_ENOUGH)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q -c constraints.txt uv
	ATDATA_NB_SKIP_BUNDLE=1 $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt \
	    -e '.[all]' --group dev
	command -v npm >/dev/null || \
	    $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt --group node
	@touch $@

$(NODE_SET): widgets/package-lock.json | $(PYTHON_SET)
	cd widgets && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Browser, preview and stylesheet come from one run.
$(BUNDLE): $(NODE_SET) $(FRONT)
	cd widgets && npm run --silent build
	@touch $@

# The servers of a local AT Protocol network, from npm, into the user's cache; it stamps by itself.
.PHONY: sandbox
sandbox: $(PYTHON_SET)
	@$(BIN)/python -m atdata_nb.sandbox install > /dev/null

# torch by pip: where it is told to look for wheels beforehand, uv does not look.
$(TORCH_SET): tests/pytorch/requirements.txt pyproject.toml constraints.txt | $(PYTHON_SET)
	test -x .venv-torch/bin/python || $(PYTHON) -m venv .venv-torch
	.venv-torch/bin/python -m pip install -q -c constraints.txt -r tests/pytorch/requirements.txt
	ATDATA_NB_SKIP_BUNDLE=1 $(BIN)/uv pip install -q --python .venv-torch/bin/python \
	    -c constraints.txt -e . pytest hypothesis
	@touch $@

# The published packages that we exchange shards with, each in a Python 3.12 of its own.
$(PEERS_SET): tests/interop/setup.sh $(wildcard tests/interop/environments/*.txt) | $(PYTHON_SET)
	bash tests/interop/setup.sh $(BIN)/uv
	@touch $@
