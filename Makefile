# make demo   the whole job on the bundled press office
# make test   everything the tests need, then all of them
# make eval   how well lists are found on the pages of a folder: make eval SET=FOLDER
# make bench  how long sweeps take, ours and others': make bench ARGS="--pages 1000 --tools bare,ours"
# make prove  a week in fast time, and 50 kills under load: half an hour; make prove ARGS="kills 7" for one of them, by its seed
# make check  format, lint, types, layers, tests: what must pass before a change lands
PYTHON ?= python3
BIN = .venv/bin

SET ?= tests/pages
ARGS ?=

.PHONY: demo test eval bench prove check lint lock clean

demo: .venv/ready
	$(BIN)/watcher demo

test: .venv/ready
	sh tests/prepare.sh
	$(BIN)/python -m pytest -n auto --dist loadfile

eval: .venv/ready
	$(BIN)/python -m tests.benchmarks.detection $(SET)

bench: .venv/ready
	$(BIN)/python -m tests.benchmarks $(ARGS)

prove: .venv/ready
	$(BIN)/python -m tests.prove $(ARGS)

check: lint test

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Each package with its hash, and wheels only but for the two that have none; the project itself is linked in.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-binary feedgen,sdnotify --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Needs uv (pip install uv).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --all-extras --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
