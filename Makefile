# Two commands set everything up by themselves: `make demo` does the main job, `make test` passes the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo serve watch-demo test quick check bench docs clean
.DEFAULT_GOAL := help

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ringfence needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ringfence ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ringfence and its test tools ..."
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@$(PIP) install -c constraints.txt -e '.[judge]' >$(VENV)/judge.log 2>&1 || \
	  echo "Note: followthemoney, which judges our export, needs g++, pkg-config and libicu-dev (see $(VENV)/judge.log); its tests skip."
	@touch $(VENV)/installed $@

$(VENV)/installed-web: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ringfence and its service ..."
	@$(PIP) install -c constraints.txt -e '.[web]'
	@touch $(VENV)/installed $@

demo: $(VENV)/installed $(if $(SERVE),$(VENV)/installed-web) ## Screen the shipped supplier file; with SERVE=1, end in a page to browse
	@mkdir -p out
	$(BIN)/ringfence --store out/demo.db screen examples/suppliers.csv --out out/hits.html --out out/hits.csv
	@echo
	@echo "Open out/hits.html in a browser. Next: $(BIN)/ringfence refresh"
	$(if $(SERVE),$(BIN)/ringfence --store out/demo.db serve)

serve: $(VENV)/installed-web ## Answer in a browser, at the address it prints
	$(BIN)/ringfence serve

watch-demo: $(VENV)/installed ## Watch a book of 10,000 parties while the lists change, with a webhook
	$(BIN)/python examples/watch_demo.py

test: $(VENV)/installed-dev ## Pass every check and test
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/pytest -n auto -q

quick: $(VENV)/installed-dev ## Pass the tests that take no time
	$(BIN)/pytest -n auto -q -m 'not slow'

bench: $(VENV)/installed-dev ## Measure on the real lists beside the repository: quality, speed, loading, ownership, decisions
	$(BIN)/python bench/accuracy.py --peers 10
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/load.py
	$(BIN)/python bench/ownership.py
	$(BIN)/python bench/decide.py

docs: $(VENV)/installed-dev ## Write the generated parts of README and docs anew
	$(BIN)/python docs/generate.py

clean: ## Remove what was made here
	rm -rf $(VENV) out build *.egg-info src/*.egg-info
