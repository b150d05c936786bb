# Everything runs in .venv, which the targets make themselves; nothing but Python and make is needed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench docs pins clean

VENV := .venv
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$name; break; }; done)
INSTALL := $(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable
ARGS ?=

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: export MLX_TARGET := duckdb
demo: $(VENV)/.runtime ## Install, then the whole job on a simulated market: prices to evaluated forecasts
	mlx demo

test: $(VENV)/.dev ## Install with all extras, then all tests; ARGS are handed to pytest
	python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: export MLX_DUCKDB_PATH := :memory:
lint: $(VENV)/.dev ## Style and types of Python, layout of SQL, shape of the dbt YAML
	ruff check .
	ruff format --check .
	mypy
	python -m pytest --quiet tests/dbt/test_yaml_schema.py
	sqlfluff lint --disable-progress-bar dbt_project/models

bench: $(VENV)/.dev ## This project and its peers on the same work, as ratios
	python -m benchmarks $(ARGS)

docs: $(VENV)/.runtime ## Static page of models, columns and lineage
	mlx docs

pins: ## Renew constraints.txt from the newest versions that fit together
	rm -rf build/pins
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet '.[dev]'
	{ grep '^#' constraints.txt; build/pins/bin/python -m pip freeze --exclude mlx-returns \
		| sort --ignore-case; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## Remove what the other targets made, the database excepted
	rm -rf $(VENV) build dist target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) '.[dev]'
	touch $(VENV)/.runtime $@

$(VENV)/bin/python:
	@test -n '$(PYTHON)' || { echo 'No Python >= 3.11 with venv found (on Debian: apt install python3-venv); or set PYTHON.' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
