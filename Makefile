# Two commands are enough: `make demo` and `make test`. Both set everything up first; the second time that takes no time.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults check bench docs messages pictures format requirements clean

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
DEMO_ARGS ?=
TEST_ARGS ?=

help:  ## Show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.runtime  ## Everything that `dr` needs, in .venv

.venv/.runtime: requirements.txt pyproject.toml
	@echo "Setting up .venv (once)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo "Adding the tools for tests and checks (once)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

demo: .venv/.runtime  ## Play a failover here: local AWS, local Slack page, embedded Redis
	@$(BIN)/dr demo $(DEMO_ARGS)

test: .venv/.dev  ## All tests, against the real parts
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(TEST_ARGS)

check: .venv/.dev  ## Format, lint, types, the staircase, the runbooks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/dr lint runbooks

test-faults: .venv/.dev  ## Every crash, freeze and kill at length (half an hour); FAULTS="matrix --seed 7 --runs 1" replays one
	@$(BIN)/python -m tests.faults.run $(FAULTS)

messages: .venv/.dev  ## Bring the catalogues of translations in line with what the code says
	@$(BIN)/python -m tests.language.messages

docs: .venv/.runtime  ## Write docs/actions anew from the actions
	@$(BIN)/dr docs actions -o docs/actions

pictures: .venv/.dev  ## Draw docs/images anew; needs chromium and, for Korean, fonts-noto-cjk
	@TZ=UTC $(BIN)/python -m tests.pictures.run

bench: .venv/.dev  ## Measure acks, step overhead, start and memory
	@$(BIN)/python -m tests.bench.run

format: .venv/.dev  ## Put the code into its usual form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

requirements: .venv/.dev  ## Pin the newest allowed versions, with hashes and without addresses
	@$(BIN)/uv pip compile pyproject.toml requirements.in --extra local --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --quiet -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml requirements.in requirements-dev.in --extra local --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --quiet -c requirements.txt -o requirements-dev.txt

clean:  ## Remove what was set up and written
	@rm -rf .venv .dr out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
