# What there is to make; `make` alone prints it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up test check fix bench soak docs lock clean packages servers

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$each && break; done)
BIN := .venv/bin
PYTEST := RUNWARD_LAB=$$(test -e .venv/lab-complete && echo complete) $(BIN)/python -m pytest

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: packages ## Bring what Runward needs and start the demo
	@$(BIN)/runward demo

test: packages servers ## Bring what the tests need and run them, soak excluded
	@$(PYTEST) -n 2 --dist loadfile -m "not soak"

check: packages ## Hold style, formatting, types, layers and shapes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/architecture

fix: packages ## Mend what a program can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: packages ## Measure what the project promises, as a table
	@for each in bench/*.py; do $(BIN)/python "$$each" || exit 1; done

soak: packages servers ## Run the long campaigns
	@$(PYTEST) -m soak

docs: packages ## Write the pages of the rules; check links, pages and references of the documents
	@PYTHONPATH=src $(BIN)/python setup/rule_pages.py
	@$(BIN)/python -m pytest -q tests/architecture/test_docs.py tests/architecture/test_rule_pages.py

lock: ## Pin the newest dependencies that pyproject.toml allows
	@uv=$$($(PYTHON) setup/packages.py uv) && $$uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --group dev --upgrade --output-file requirements.lock pyproject.toml
	@! grep -n '://' requirements.lock

clean: ## Remove what was made here
	@rm -rf .venv build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@test -n "$(PYTHON)" || { echo "Runward needs Python 3.11 or newer; none was found. On Debian: sudo apt-get install python3" >&2; exit 1; }
	@$(PYTHON) setup/packages.py

servers:
	@$(PYTHON) setup/servers.py
