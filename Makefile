# Every command sets itself up: a virtual environment in .venv, made again only when pyproject.toml changes.
# The first interpreter that really runs and is of a version that the package supports.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# The whole suite on two cores takes minutes; more processes than cores only makes the timed tests wait.
JOBS   ?= 2

.PHONY: help demo test lint docs bench clean
.DEFAULT_GOAL := help

help:  ## what can be typed here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(STAMP)  ## search the sample film and write demo/index.html
	@$(BIN)/vidsearch demo --out demo

test: $(STAMP)  ## run every test
	@$(BIN)/python -m pytest -n $(JOBS)

lint: $(STAMP)  ## style, types and the order of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(STAMP)  ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(STAMP)  ## measure what the package promises
	@$(BIN)/python benchmarks/run.py

clean:  ## remove what the commands above made
	rm -rf $(VENV) demo site build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name yours: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): some gigabytes the first time, nothing after that."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,docs]"
	@touch $(STAMP)
