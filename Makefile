# OneBrush: one HTTP API in front of every image model. `make help` lists what there is.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
ARGS ?=

BIN := $(VENV)/bin
LOCKS := requirements
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv
INSTALL := --python $(BIN)/python --build-constraints $(LOCKS)/build.lock

# Tests never buy: whatever names a vendor or a gateway is taken out of their environment.
VENDORS := ARK_% DASHSCOPE_% GEMINI_% GOOGLE_% OPENAI_% VOLC% ONEBRUSH_%
UNBOUGHT := env $(foreach name,$(filter $(VENDORS),$(.VARIABLES)),-u $(name))

.DEFAULT_GOAL := help
.PHONY: help run demo test lint format bench faults lock clean python

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  ARGS="…" is passed on, as in: make run ARGS="--port 9000 --data /srv/pictures"'
	@echo '  PYTHON=python3.12 chooses the interpreter.'

run: $(VENV)/.run ## install what the gateway needs and start it on 127.0.0.1:8000
	@exec $(BIN)/onebrush serve $(ARGS)

demo: $(VENV)/.run ## one picture of each model family and one edit, saved in demo/
	@$(BIN)/onebrush demo --out demo $(ARGS)

test: lint ## install what the tests need, then lint, types, import contracts and every test
	@$(UNBOUGHT) $(BIN)/pytest -n $(WORKERS) $(ARGS)

lint: $(VENV)/.dev ## lint, layout of the code, types and import contracts alone
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## lay the code out anew and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure CPU and memory; says which tools it lacks
	@$(UNBOUGHT) $(BIN)/python -m bench $(ARGS)

faults: $(VENV)/.dev ## the fault tests in their long forms, and a table of what they found
	@$(UNBOUGHT) $(BIN)/python -m tests.faults $(ARGS)

# ARGS=--upgrade takes the newest allowed versions; without it only what pyproject.toml changed moves.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock: $(VENV)/.installer ## write requirements/*.lock anew (ARGS=--upgrade: newest versions)
	@$(COMPILE) --group installer --output-file $(LOCKS)/installer.lock
	@$(COMPILE) --group build --output-file $(LOCKS)/build.lock
	@$(COMPILE) pyproject.toml --output-file $(LOCKS)/run.lock
	@$(COMPILE) pyproject.toml --group dev --constraints $(LOCKS)/run.lock --output-file $(LOCKS)/dev.lock

clean: ## remove the virtual environment and what tools left; pictures and data stay
	@rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "OneBrush needs Python 3.11 or newer, and there is no '$(PYTHON)'. Install it, or name yours: make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "OneBrush needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name a newer one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "'$(PYTHON)' cannot make virtual environments. Install python3-venv (on Debian: apt-get install python3-venv)." >&2; exit 1; }

$(VENV)/.installer: $(LOCKS)/installer.lock
	@$(MAKE) --silent --no-print-directory python
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r $(LOCKS)/installer.lock
	@touch $@

PROJECT := pyproject.toml src/onebrush/__init__.py $(LOCKS)/build.lock

# Where the test tools are already, they stay: dev.lock holds every pin of run.lock.
$(VENV)/.run: $(VENV)/.installer $(LOCKS)/run.lock $(PROJECT)
	@$(UV) pip sync --quiet $(INSTALL) --require-hashes $(LOCKS)/$(if $(wildcard $(VENV)/.dev),dev,run).lock
	@$(UV) pip install --quiet $(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installer $(LOCKS)/dev.lock $(PROJECT)
	@$(UV) pip sync --quiet $(INSTALL) --require-hashes $(LOCKS)/dev.lock
	@$(UV) pip install --quiet $(INSTALL) --no-deps --editable .
	@touch $(VENV)/.run $@
