# The commands of the project; `make help` lists them. Everything runs in .venv, made on first use.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

export PYTHON
PY := .venv/bin/python
READY := .venv/trellis-ready
CHECKED := kernel plugins tools $(wildcard tests benchmarks)
TYPED := kernel $(patsubst %/__init__.py,%,$(wildcard plugins/*/__init__.py))
DEMO := TRELLIS_DATABASE_URL=sqlite:///demo/trellis.db TRELLIS_DATA_DIR=demo/data

.PHONY: help setup assets demo test e2e test-deep bench check lint types contracts wheels lock clean

help: ## List these commands
	@grep -hE '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## Make the environment: locked packages, then every distribution of this tree, editable

$(READY): requirements/dev.txt tools/environment.py tools/python.sh setup.cfg pyproject.toml $(wildcard plugins/*/setup.cfg)
	@python=$$(sh tools/python.sh) && "$$python" tools/environment.py

assets: $(READY) ## Build the front-end assets into kernel/web/static/vendor
	@$(PY) -m tools.assets

demo: assets ## Start Trellis with the demo company on http://127.0.0.1:8000
	@mkdir -p demo
	@test -f demo/sign-in.txt || { rm -rf demo/trellis.db* demo/data; echo "Making the demo company ..."; \
		$(DEMO) .venv/bin/trellis init --demo >demo/making.txt && mv demo/making.txt demo/sign-in.txt; }
	@cat demo/sign-in.txt
	@$(DEMO) .venv/bin/trellis run

test: assets ## Run the whole suite on SQLite and PostgreSQL, without the browser and the long tests
	@$(PY) -m pytest -n 2 --dist loadgroup -m "not deep" --ignore=tests/e2e

e2e: assets ## Run the browser tests (they need Chromium)
	@$(PY) -m pytest -n 2 --dist loadfile -m "not deep" tests/e2e

test-deep: assets ## Run the long tests: hours
	@$(PY) -m pytest -n 2 --dist loadgroup -m deep

bench: assets ## Measure the figures against their peers and limits, into build/bench.json
	@mkdir -p build
	@$(PY) -m benchmarks

check: lint types contracts ## Lint, check types, check who imports whom

lint: $(READY)
	@$(PY) -m ruff check $(CHECKED)

types: $(READY)
	@$(PY) -m mypy $(TYPED) tools

contracts: $(READY)
	@.venv/bin/lint-imports --config .importlinter

wheels: assets ## Build a wheel of every distribution into dist/
	@$(PY) -m tools.wheels dist

lock: ## Resolve the dependencies anew into requirements/
	@test -x $(PY) || { echo "There is no environment yet: run make setup first."; exit 1; }
	@$(PY) -m tools.lock

clean: ## Remove what was built; keeps .venv and the demo's data
	@rm -rf dist node_modules kernel/web/static/vendor *.egg-info plugins/*/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build/wheels build/bench.json
	@rm -f $(READY)

.PHONY: reference
reference: $(READY) ## Write docs/reference anew from the code
	@$(PY) -m tools.reference

.PHONY: docs
docs: assets ## Write the documentation to build/docs, to read and search offline
	@$(PY) -m tools.documentation
	@echo "Open build/docs/index.html"

.PHONY: screenshots
screenshots: assets ## Take the pictures of README and docs anew (they need Chromium)
	@$(PY) -m tools.screenshots
