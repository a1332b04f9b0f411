# Everything runs from $(VENV), which `make setup` makes from the lock file. Other places, other Pythons:
#   make setup VENV=.venv-3.12 PYTHON=python3.12

VENV ?= .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.txt
STAMP := $(VENV)/.installed

# What `make test` leaves out; `make test-all` empties it.
PYTEST_ARGS ?= -m "not slow"

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo studio test test-all hostile lint bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## Make .venv with the persona command in it (PYTHON=… chooses the interpreter)

demo: setup ## Do the main job once: a description becomes a persona that answers
	PERSONA=$(BIN)/persona sh demo/demo.sh

studio: setup ## Open persona in this terminal
	$(BIN)/persona

test: setup ## Run the everyday tests (PYTEST_ARGS="-k name" and such replace the selection)
	$(BIN)/python -m pytest -q --numprocesses auto --dist worksteal $(PYTEST_ARGS)

test-all: PYTEST_ARGS := ## Run every test
test-all: test

hostile: setup ## Hold twenty conversations with the smallest model there is (15 minutes)
	PERSONA_CONVERSATIONS=20 $(BIN)/python -m pytest -q tests/contract/test_hostile_conversations.py

lint: setup ## Check style, types, the floors of the architecture and the rendered Modelfiles
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/persona render --check --scope built-in

bench: setup ## Print the budgets as ratios to baselines taken in the same run
	$(BIN)/python -m tests.bench

# One lock for every Python from 3.10 on. It holds no index URL, so pip asks whichever index it is set up for.
lock: ## Resolve the dependencies anew and write the lock file
	python3 -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install -q uv
	$(VENV)-lock/bin/uv pip compile pyproject.toml --extra embedded --group dev \
		--universal --python-version 3.10 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--quiet --output-file $(LOCK)
	rm -rf $(VENV)-lock

clean: ## Remove .venv, caches and build results
	rm -rf $(VENV) .venv-* build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache snapshot_report.html
	find persona_tui tests -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that works is kept and updated.
$(STAMP): pyproject.toml $(LOCK)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(make_venv); }
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@
	@echo 'Ready: $(BIN)/persona'

# Takes the first interpreter that is new enough and can make environments. A name on PATH is not enough:
# it may be the shim of a version that is not active. What the others lack is told at the end.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.10 python3.14)
define make_venv
python=; lacking=; \
for name in $(PYTHONS); do \
	version=$$($$name -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	if ! $$name -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then \
		lacking="$$lacking  $$name is only Python $$version\n"; \
	elif ! $$name -c 'import ensurepip, venv' 2>/dev/null; then \
		lacking="$$lacking  $$name lacks ensurepip or venv; on Debian and Ubuntu: apt install python$$version-venv\n"; \
	else python=$$name; break; fi; \
done; \
if [ -z "$$python" ]; then \
	printf 'make setup: found no Python 3.10 or later that can make an environment, among: $(PYTHONS)\n%b' "$$lacking" >&2; \
	echo 'Install one, or name one that is elsewhere: make setup PYTHON=/path/to/python3' >&2; exit 1; \
fi; \
if ! $$python -m venv --clear $(VENV); then \
	echo "make setup: '$$python -m venv $(VENV)' failed for the reason above; see to it, or name another: make setup PYTHON=/path/to/python3" >&2; \
	exit 1; \
fi
endef
