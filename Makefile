# Every target sets up what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.claimsmith-setup
DEV_DATA := var/dev
export PYTHONDONTWRITEBYTECODE ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test lint bench docs check lock

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with everything the project needs

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "claimsmith needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 1; }
	@[ -x $(BIN)/python ] || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); } || \
	  { echo "Python's venv module is missing: install it (on Debian: python3-venv)." >&2; exit 1; }
	@echo "Installing the locked dependencies ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock || \
	  { echo "The dependencies could not be installed: is a package index reachable?" >&2; exit 1; }
	@echo "Installing claimsmith itself ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
	@echo "Ready: $(BIN)/claimsmith"

demo: setup ## Show the main job on SQLite, then serve until Ctrl-C (ONCE=1: exit after printing)
	@$(BIN)/claimsmith demo $(if $(ONCE),--once)

dev: setup ## Serve on SQLite in var/dev
	@mkdir -p $(DEV_DATA)
	@$(BIN)/claimsmith serve --data $(DEV_DATA) --port 8000

test: setup ## Run every test, on SQLite and PostgreSQL, with Chromium
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup ## Check style, types, floors and spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: setup ## Measure against oidc-provider and bare signatures, in one run
	@$(BIN)/python -m bench

docs: setup ## Execute every example of the documents
	@$(BIN)/python -m pytest -q tests/docs

check: lint ## Run every check but the tests: lint, known vulnerabilities, change fragments
	@$(BIN)/python -m tests.support.audit
	@$(BIN)/towncrier build --draft --version next >/dev/null && echo "change fragments: good"

lock: ## Resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --group dev --output-file requirements.lock pyproject.toml
