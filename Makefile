# Every command of the project. `make` alone lists them; each sets up what it needs.
#
#   make test VENV=.venv312 PYTHON=python3.12      another Python, another environment
#   make test ARGS="-k ridge -x"                   arguments for pytest
#   make demo ARGS="--out results/demo"            arguments for the command

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV ?= .venv
PYTHON ?=
JOBS ?= 2
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
# Two workers with two BLAS threads each are slower than two with one, and sums differ by thread.
QUIET_BLAS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
              VECLIB_MAXIMUM_THREADS=1 NUMEXPR_NUM_THREADS=1 MPLBACKEND=Agg
PYTEST := $(QUIET_BLAS) $(BIN)/python -m pytest

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------- environment
# One stamp per set of packages; a stamp is stale when the declared or the pinned versions change.

CORE := $(VENV)/.core
TEST := $(VENV)/.test
LINT := $(VENV)/.lint
DOCS := $(VENV)/.docs

.PHONY: venv
venv: $(CORE) ## create the environment (.venv) with the core dependencies

define FIND_PYTHON
for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$$candidate; break
  fi
done
if [ -z "$${found:-}" ]; then
  echo "foretell needs Python 3.11 or newer with venv and pip; tried: $(or $(PYTHON),python3 python3.13 python3.12 python3.11)." >&2
  echo "Name one with: make $(or $(MAKECMDGOALS),venv) PYTHON=/path/to/python3" >&2
  exit 1
fi
echo "venv: creating $(VENV) with $$("$$found" --version)"
"$$found" -m venv $(VENV)
endef
export FIND_PYTHON

$(BIN)/pip:
	@bash -euo pipefail -c "$$FIND_PYTHON"

define INSTALL
	@echo "venv: installing $(1) into $(VENV)"
	@$(PIP) -e $(2)
	@touch $@
endef

$(CORE): pyproject.toml constraints.txt src/foretell/_version.py | $(BIN)/pip
	$(call INSTALL,foretell and its core dependencies (about a minute the first time),.)

$(TEST): $(CORE)
	$(call INSTALL,what the tests need,".[test]")

$(LINT): $(CORE)
	$(call INSTALL,linters and type stubs,".[lint]")

$(DOCS): $(CORE)
	$(call INSTALL,what the documentation needs,".[docs]")

# ---------------------------------------------------------------- use

.PHONY: demo
demo: $(CORE) ## run the built-in example from data to report
	@$(BIN)/foretell demo $(ARGS)

.PHONY: bench-quick bench-real performance
bench-quick: $(CORE) ## the quick declared study, on simulated data
	@$(BIN)/foretell bench benchmarks/quick.toml $(ARGS)

bench-real: $(CORE) ## the declared study on real data (set FORETELL_DATA)
	@$(BIN)/foretell bench benchmarks/real.toml $(ARGS)

performance: $(CORE) ## side-by-side timings of hot functions
	@$(BIN)/python benchmarks/performance/run.py $(ARGS)

# ---------------------------------------------------------------- develop

.PHONY: test test-slow
test: $(TEST) ## tests and doctests
	@$(PYTEST) -n $(JOBS) --doctest-modules --doctest-ignore-import-errors tests src/foretell $(ARGS)

test-slow: $(TEST) ## the tests marked slow
	@$(PYTEST) -n $(JOBS) -m "slow and not peers" tests $(ARGS)

.PHONY: check
check: $(LINT) ## lint, formatting and types
	@red=; \
	$(BIN)/ruff check --quiet . || red="$$red lint"; \
	$(BIN)/ruff format --check --quiet . || red="$$red formatting"; \
	$(BIN)/mypy || red="$$red types"; \
	if [ -n "$$red" ]; then echo "check: RED:$$red" >&2; exit 1; fi; echo "check: green"

.PHONY: docs
docs: $(DOCS) ## build the documentation, warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -q -d docs/_build/doctrees docs docs/_build/html $(ARGS)
	@echo "docs: open docs/_build/html/index.html"

.PHONY: new-model
new-model: ## start a model: make new-model FAMILY=linear NAME=my_model
	@if [ -z "$(FAMILY)" ] || [ -z "$(NAME)" ]; then \
	  echo "say which: make new-model FAMILY=linear NAME=my_model" >&2; exit 2; fi
	@if [ -x $(BIN)/python ]; then python=$(BIN)/python; else python=$(or $(PYTHON),python3); fi; \
	"$$python" scripts/new_model.py "$(FAMILY)" "$(NAME)"

.PHONY: browser
browser: ## install Chromium and playwright-core for the browser tests
	@if command -v chromium >/dev/null; then :; \
	elif ! command -v apt-get >/dev/null; then \
	  echo "browser: cannot install Chromium: no apt-get here. Install a program called chromium by hand." >&2; exit 1; \
	else \
	  if [ "$$(id -u)" = 0 ]; then as_root=env; \
	  elif sudo -n true 2>/dev/null; then as_root='sudo env'; \
	  else echo "browser: cannot install Chromium: neither root nor sudo. Ask for the package chromium." >&2; exit 1; fi; \
	  echo "browser: installing Chromium"; \
	  $$as_root DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 || true; \
	  $$as_root DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null 2>&1 \
	    || { echo "browser: apt-get could not install the package chromium." >&2; exit 1; }; \
	fi
	@command -v npm >/dev/null || { echo "browser: cannot install playwright-core: no npm here." >&2; exit 1; }
	@wanted=$$(sed -n 's/.*"playwright-core": "\(.*\)".*/\1/p' package.json); \
	if ! grep -qs "\"version\": \"$$wanted\"" node_modules/playwright-core/package.json; then \
	  echo "browser: installing playwright-core $$wanted"; \
	  npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts >/dev/null 2>&1 \
	    || { echo "browser: npm could not install playwright-core $$wanted." >&2; exit 1; }; \
	fi
	@echo "browser: ready ($$(chromium --version 2>/dev/null | cut -d' ' -f1,2))"

.PHONY: clean
clean: ## remove caches and built documents; keeps the environment and results
	@rm -rf build dist docs/_build docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	@find src tests scripts docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@echo "clean: done"
