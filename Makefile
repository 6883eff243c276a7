# make run     start everything on this machine        make run PORT=8123 DATA=/some/folder
# make test    format, lint, types, walls, all tests   make check   the same without coverage, stops at the first failure
# make trial   the house under kill -9: one machine, and several with a replica, PgBouncer, HAProxy. CI runs it before
# make bench   the load runs of benchmarks/            make clean   forget what was built; the data folder stays
# make sbom    what the lock brings, as CycloneDX, into build/sbom.cdx.json
# make audit   ask PyPI which advisories there are about what the locks name; needs the network
# make lock    renew the locks from pyproject.toml (needs uv); LOCK=--upgrade takes the newest versions

PYTHON ?= python3
PORT   ?= 8000
DATA   ?= var
UV     ?= uv

KILLS := tests/story/test_kills.py
VENV := .venv
AUDIT := .venv-audit
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

# Where it is set, every process that a test starts compiles the whole house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: run test check trial walls bench sbom audit lock clean

run: $(VENV)/.run
	@exec $(BIN)/backoffice run --port "$(PORT)" --data "$(DATA)"

test: walls
	@$(BIN)/python -m slipcover -m pytest -n auto --dist loadscope --no-loadscope-reorder --ignore=$(KILLS)

check: walls
	@$(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder --ignore=$(KILLS) -x

trial: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.machines.files
	@$(BIN)/python -m benchmarks.machines --short
	@$(BIN)/pytest -n 3 -q $(KILLS)

walls: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --strict --no-error-summary & types=$$!; \
	{ report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; false; }; } && $(BIN)/python -m checks.house; \
	others=$$?; wait $$types && exit $$others

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(ARGS)

sbom: $(AUDIT)/.done
	@mkdir -p build
	@$(AUDIT)/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file build/sbom.cdx.json requirements.lock
	@echo "build/sbom.cdx.json names $$(grep -c '"purl"' build/sbom.cdx.json) packages"

audit: $(AUDIT)/.done
	@$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		--requirement requirements-dev.lock --requirement requirements-audit.lock \
		|| { echo "make audit: an advisory is named above, or PyPI does not answer what was asked there" >&2; exit 1; }

lock:
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(LOCK) --group build pyproject.toml --output-file requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(LOCK) --group build --group dev --constraints requirements.lock \
		pyproject.toml --output-file requirements-dev.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(LOCK) --group audit --output-file requirements-audit.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" $(LOCK) --group build --extra traces --constraints requirements.lock \
		pyproject.toml --output-file requirements-traces.lock

clean:
	@rm -rf $(VENV) $(AUDIT) build dist .coverage.json .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests checks benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/.run: requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.run $@

$(AUDIT)/.done: requirements-audit.lock
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip -qq --disable-pip-version-check --no-input install --no-deps --require-hashes \
		--requirement requirements-audit.lock
	@touch $@

define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
@echo "Installing what $(1) names into $(VENV) (once; again when it changes)"
@$(PYTHON) -m venv $(VENV)
@$(PIP) install --no-compile --no-deps --require-hashes --requirement $(1)
@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true # pip has one core compile; what is no Python is passed over
@$(PIP) install --no-deps --no-build-isolation --editable .
@$(BIN)/python -m pip check --disable-pip-version-check >/dev/null || $(BIN)/python -m pip check
endef
