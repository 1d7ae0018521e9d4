# `make help` lists what there is. PYTHON chooses the interpreter: make test PYTHON=python3.13
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: help demo test test-quick test-races test-clients test-localstack test-all lint format changelog clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

demo: ## a whole repository on this machine, shown command by command; cleans up after itself
	@$(PYTHON) examples/demo.py

test: $(VENV)/ready ## the whole test suite, with the coverage gate
	$(PYTEST) -n auto --dist loadfile --cov --cov-report=term

test-quick: $(VENV)/ready ## what takes no more than a few seconds a test, without coverage
	$(PYTEST) -n auto --dist loadfile -m "not slow"

test-races: $(VENV)/ready ## only the races of many uploaders, and of repairs beside them
	$(PYTEST) -m race

test-clients: $(VENV)/ready ## real pip, uv, poetry and the others, against a repository on this machine
	$(PYTEST) -m clients

test-localstack: $(VENV)/ready ## s3pypi-deploy against LocalStack on this machine; needs Python 3.13
	$(PYTEST) -m localstack -rs

test-all: ## the suite without real clients, on every Python from 3.10 up of this machine, without coverage
	@for python in $$(.ci/pythons); do \
		version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "== Python $$version"; \
		$(MAKE) --no-print-directory test-one PYTHON="$$python" VENV=".venv-$$version" || exit 1; \
	done

.PHONY: test-one
test-one: $(VENV)/ready
	$(PYTEST) -n auto --dist loadfile -m "not clients"

lint: $(VENV)/ready ## ruff (rules and layout) and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/ready ## let ruff lay the code out
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

changelog: $(VENV)/ready ## what the next release's notes will say
	$(BIN)/towncrier build --draft

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[serve,twine]' --group dev
	@touch $@

clean: ## remove the virtual environments and what the tools leave
	rm -rf .venv .venv-3.* .venv-localstack .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
