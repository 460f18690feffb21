# The front door. Every target makes its own environment; it needs Python 3.11 or later (with venv) and a package index.
PYTHON ?= python3
VENV ?= .venv
PEERS ?= .venv-peers
BIN = $(VENV)/bin
JOBS ?= 2

.PHONY: demo test check soak bench catalogues documents requirements clean

demo: $(VENV)/.study ## the liver study: decided under both laws, run, proved
	$(BIN)/python scripts/demo.py

test: check ## everything that must hold, on samples
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(VENV)/.dev ## style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(VENV)/.dev ## the long runs
	$(BIN)/python -m pytest --soak -m soak

bench: $(PEERS)/.peers ## ratios against peers, in one run each (bench/*.md)
	$(PEERS)/bin/python -m bench.pact
	$(PEERS)/bin/python -m bench.rules
	$(PEERS)/bin/python -m bench.rules_peers
	$(PEERS)/bin/python -m bench.studies logistic cox parquet
	$(PEERS)/bin/python -m bench.supply
	$(PEERS)/bin/python -m bench.dossier

$(PEERS)/.peers: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --upgrade "pip>=25.1"
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --group peers
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

catalogues: $(VENV)/.dev ## compile the texts of both languages
	$(BIN)/python scripts/catalogues.py

documents: $(VENV)/.dev ## write the chapters that are made from the code
	$(BIN)/python scripts/documents.py

requirements: ## pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 -q -o requirements/dev.txt
	uv pip compile pyproject.toml --extra study --universal --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 -q -c requirements/dev.txt -o requirements/study.txt

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "biopact needs Python 3.11 or later, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.study: requirements/study.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/study.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@ $(VENV)/.study

clean:
	rm -rf $(VENV) $(PEERS) out dist
