# `make serve` and `make test` do everything on a machine with python3 (3.11 or newer, with venv), make and a C compiler.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Where it is set, each of the hundreds of processes that the tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve setup test check bench clean

serve: $(INSTALLED)  ## install and serve on 127.0.0.1:8042, or as ARGS="--port 8043" says
	$(BIN)/clausewise serve $(ARGS)

setup: $(INSTALLED)  ## install without serving

test: $(VENV)/.installed-test  ## install and run every test
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

check: $(VENV)/.installed-check  ## lint, types and packs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clausewise check
	$(BIN)/clausewise test

bench: $(VENV)/.installed-bench  ## run the benchmarks: one decision beside its peers, large packs, open cases, hostile bodies, how commands start, the served ones, the audit log, kills under load
	$(BIN)/python -m benchmarks.decision
	$(BIN)/python -m benchmarks.large_packs
	$(BIN)/python -m benchmarks.open_cases
	$(BIN)/python -m benchmarks.bodies
	$(BIN)/python -m benchmarks.starting
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.audit
	$(BIN)/python -m benchmarks.crash

clean:
	rm -rf $(VENV) build *.egg-info

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Clausewise needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@command -v cc >/dev/null || command -v gcc >/dev/null || { echo "Clausewise needs a C compiler: durable-rules compiles when it is installed (Debian: apt install gcc python3-dev)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-%: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'
	touch $@
