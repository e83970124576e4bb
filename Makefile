# Everything a developer or a visitor needs, by one word each: `make help`.
# Written for GNU make 3.81 on, which is what macOS brings.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?=#          makes the virtual environment, once; empty: the first that is found of 3.11 or newer
SHOP ?= demo-shop#  the demo's folder
PORT ?= 8000#       the demo's TCP port
SERVE ?= 1#         0: the demo stops before serving
TESTS ?= tests#     what `make test` runs
JOBS ?= 2#          processes that run tests side by side

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := src tests tool $(wildcard benchmarks)
# A few clicks in the storefront are no reason to train on the whole year again.
MIN_NEW := 0.01

# Each library of linear algebra would otherwise start a thread for each core, in each process.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test test-all lint format benchmark docs environment lock clean

help: ## show this list
	@echo "Usage: make TARGET [NAME=value]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@echo "Names:"
	@awk -F '[?]=|# +' '/^[A-Z]+ [?]=/ { sub(/ +/, "", $$2); printf "  %-12s %s [%s]\n", $$1, $$3, $$2 }' Makefile | sed 's/ *\[ *\]$$//'

demo: $(VENV)/demo.installed ## import, train, evaluate and serve a grocer's year: http://127.0.0.1:8000
	@test -f '$(SHOP)/shop.toml' || $(BIN)/shopkeeper init '$(SHOP)' --demo --no-hint
	@$(BIN)/shopkeeper import '$(SHOP)' --format completejourney
	@$(BIN)/shopkeeper train '$(SHOP)' --min-new $(MIN_NEW) --no-hint
	@if [ '$(SERVE)' != 0 ]; then exec $(BIN)/shopkeeper serve '$(SHOP)' --port $(PORT); \
	else echo "To serve it: $(BIN)/shopkeeper serve '$(SHOP)' --port $(PORT)"; fi

test: $(VENV)/dev.installed ## run all quick tests
	@$(BIN)/python -m pytest -m 'not slow' -n $(JOBS) --dist worksteal $(TESTS)

test-all: $(VENV)/dev.installed ## run all tests, the slow ones too
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(TESTS)

lint: $(VENV)/dev.installed ## check style, format, types, the layers of imports, and sizes
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tool/size.py $(SOURCES)

format: $(VENV)/dev.installed ## put the code in order as `make lint` wants it
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

benchmark: $(VENV)/dev.installed ## print the figures of docs/performance.md as measured here (about half an hour)
	@$(MAKE) --no-print-directory demo SERVE=0 SHOP='$(SHOP)'
	@$(BIN)/shopkeeper benchmark --shop '$(SHOP)'

docs: $(VENV)/dev.installed ## make docs/settings.md and docs/training.md anew from the code
	@$(BIN)/python tool/settings_page.py > docs/settings.md
	@$(BIN)/python tool/training_page.py > docs/training.part && mv docs/training.part docs/training.md

environment: $(VENV)/dev.installed ## make the virtual environment with all development tools

lock: ## make requirements.lock anew, with the newest releases that pyproject.toml allows
	@tool/lock.sh '$(PYTHON)'

clean: ## remove what make made here, the demo shop included
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo-shop

$(BIN)/python:
	@tool/venv.sh $(VENV) $(PYTHON)

# The stamps: an environment is installed again only when what it is made from has changed.
$(VENV)/demo.installed: pyproject.toml requirements.lock | $(BIN)/python
	@echo 'Installing Shopkeeper into $(VENV): about 0.8 GB of packages, two minutes or so.'
	@$(PIP) install -c requirements.lock -e '.[demo]' | awk -f tool/pip.awk
	@touch $@

$(VENV)/dev.installed: pyproject.toml requirements.lock | $(BIN)/python
	@echo 'Installing Shopkeeper and its development tools into $(VENV): about 1.3 GB of packages, some minutes.'
	@$(PIP) install -c requirements.lock -e '.[dev]' | awk -f tool/pip.awk
	@touch $@ $(VENV)/demo.installed
