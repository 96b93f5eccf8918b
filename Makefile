# Two commands to know: `make demo` runs the main job on a real table, `make test` runs every check.
# Both start from a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test env dev-env lint types tests benchmark clean

help:
	@echo "make demo       train on the bundled table, write the report, serve the model, ask it something"
	@echo "make test       style, types, import rules, and every test"
	@echo "make env        only make .venv with the pinned packages"
	@echo "make benchmark  measure the figures that the documentation states (an hour or more)"

env: .venv/runtime-stamp
dev-env: .venv/dev-stamp

.venv/runtime-stamp: requirements/runtime.txt pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

.venv/dev-stamp: .venv/runtime-stamp requirements/dev.txt
	$(PIP) -r requirements/dev.txt
	sh scripts/install-browser
	sh scripts/install-postgresql
	touch $@

demo: env
	bash scripts/demo

test: dev-env lint types tests

lint: dev-env
	.venv/bin/ruff check src tests benchmarks examples scripts
	.venv/bin/ruff format --check src tests benchmarks examples scripts
	.venv/bin/lint-imports --no-cache

types: dev-env
	.venv/bin/mypy

tests: dev-env
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile --quiet

benchmark: dev-env
	for script in benchmarks/*.py; do .venv/bin/python $$script || exit 1; done

clean:
	rm -rf .venv demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
