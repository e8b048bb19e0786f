# The two commands that matter: `make report` (the demo year's reports) and `make test`. Both set up all they need.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := data/local/demo
YEAR ?= 2018

.PHONY: help report test coverage pages lint lab lock locale clean setup browser

help:
	@echo "make report   the reports of the demo year ($(YEAR)), in outputs/public/index.html"
	@echo "make test     the tests"
	@echo "make coverage the tests, with branch coverage (half as long again)"
	@echo "make pages    every page of the demo year in both languages, checked in a browser (docs/pages.md)"
	@echo "make lint     ruff, the type checker"
	@echo "make lab      JupyterLab on the notebooks"
	@echo "make lock     write requirements.lock anew (needs uv)"
	@echo "make locale   bring the English catalogue up to date with the strings of the code"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say where with make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies in $(VENV) (about a minute, once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

report: $(STAMP)
	@$(BIN)/prs-eval import data/demo --data $(DEMO)
	@$(BIN)/prs-eval run --year $(YEAR) --data $(DEMO)

lab: $(STAMP)
	@$(BIN)/prs-eval lab

test: $(STAMP) browser
	@$(BIN)/python -m pytest -n auto --dist loadgroup --durations=5

coverage: $(STAMP) browser
	@$(BIN)/python -m pytest -n auto --dist loadgroup --cov --cov-report=term:skip-covered

pages: $(STAMP) browser
	@$(BIN)/python -m benchmarks.pages --write docs/pages.md

# The browser tests need Chromium: install it where that takes no question, otherwise say how and let them skip.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium) >/dev/null 2>&1 || \
		echo "The browser tests are skipped: Chromium could not be installed (try: apt-get install chromium)" >&2; \
	else echo "The browser tests are skipped: install Chromium first (Debian, Ubuntu: sudo apt-get install chromium)" >&2; fi

lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

locale: $(STAMP)
	@$(BIN)/python -m tests.update_catalogue

lock:
	uv pip compile pyproject.toml --extra dev --extra pdf --extra cluster --universal --no-strip-extras --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.lock

clean:
	rm -rf $(VENV) outputs $(DEMO)
