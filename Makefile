# Every target sets up what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= $(BIN)/uv
STAMP := $(VENV)/.claimsmith-setup
DEV_DATA := var/dev
PIP := $(BIN)/python -m pip --disable-pip-version-check install --require-hashes
# Compiled modules make every start of Python here several times faster.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test lint bench docs check lock

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with everything the project needs

# uv comes out of the lock like everything else; where it cannot run or reach its index, pip does its work.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "claimsmith needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked dependencies ..."
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock
	@{ $(PIP) --quiet -r $(VENV)/uv.lock && \
	  $(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.lock; } || \
	  { echo "uv could not do it; going on with pip, which takes longer ..."; $(PIP) -r requirements.lock; } || \
	  { echo "The dependencies could not be installed: is a package index reachable?" >&2; exit 1; }
	@echo "Installing claimsmith itself ..."
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
	@echo "Ready: $(BIN)/claimsmith"

demo: setup ## Show the main job on SQLite, then serve until Ctrl-C (ONCE=1: exit after printing)
	@$(BIN)/claimsmith demo $(if $(ONCE),--once)

dev: setup ## Serve on SQLite in var/dev, with readable logs and a quick end
	@mkdir -p $(DEV_DATA)
	@CLAIMSMITH_LOG_LEVEL=debug CLAIMSMITH_LOG_FORMAT=console CLAIMSMITH_SHUTDOWN_SECONDS=1 \
	  $(BIN)/claimsmith serve --data $(DEV_DATA) --port 8000

test: setup ## Run every test, on SQLite and PostgreSQL, with Chromium
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

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

check: lint ## Run every check but the tests: lint, house rules, known vulnerabilities, change fragments
	@$(BIN)/python -m pytest -q tests/architecture
	@$(BIN)/python -m tests.support.audit
	@$(BIN)/towncrier build --draft --version next >/dev/null && echo "change fragments: good"

lock: ## Resolve the dependencies anew into requirements.lock (UPGRADE=1: to the newest versions)
	@[ -x "$$(command -v $(UV))" ] || { echo "uv is missing: make setup, or name it with make lock UV=/path/to/uv." >&2; exit 1; }
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) --group dev \
	  --output-file requirements.lock pyproject.toml
