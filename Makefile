# Works from a clean machine: each target first installs what it needs into .venv.
PYTHON ?= python3
CORES ?= 2
UV_VERSION := 0.13.8
AUDIT_VERSION := 2.10.1

VENV := .venv
READY := $(VENV)/.ready
UV := $(VENV)/bin/uv
IN_VENV := env PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
SNAKEMAKE := $(IN_VENV) snakemake --cores $(CORES) --configfile params.yaml
SMK_FILES := Snakefile workflow/Snakefile workflow/rules
FAULTS := tests/faults tests/cluster tests/dvc/test_interrupted_repro.py tests/dvc/test_seam_bad_input.py

.DEFAULT_GOAL := help
.PHONY: help setup demo quick test faults lint docs lock audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 chooses the Python (3.11 to 3.13), CORES=4 the number of cores (default $(CORES))"

setup: $(READY) ## create .venv with the locked versions of all dependencies

demo: $(READY) ## run all strategies on handwritten digits (downloads no data)
	$(SNAKEMAKE) presets/demo.yaml
	@echo "Done. Open results/report.html; Table I alone: results/tables/table1.md"

quick: $(READY) ## run the paper's recipe, small: MobileNet 0.25 on tf_flowers (downloads both)
	$(SNAKEMAKE) presets/quick.yaml
	@echo "Done. Open results/report.html; Table I alone: results/tables/table1.md"

test: lint ## check formatting and style, then run the tests
	$(IN_VENV) python -m pytest -n $(CORES) $(addprefix --ignore=,$(FAULTS))

faults: $(READY) ## run the other tests: they kill, damage, fill disks and start a cluster
	$(IN_VENV) python -m pytest -n $(CORES) $(FAULTS)

lint: $(READY) ## check formatting and style
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) snakefmt --check $(SMK_FILES)

docs: $(READY) ## build the documentation as a site, in site/
	$(IN_VENV) NO_MKDOCS_2_WARNING=1 mkdocs build --quiet
	@echo "Done. Open site/index.html"

lock: | $(UV) ## resolve pyproject.toml into requirements.lock again (for Python 3.11 to 3.13)
	$(UV) pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --quiet --output-file requirements.lock pyproject.toml

audit: | $(UV) ## look up known vulnerabilities of all locked packages (needs a network)
	$(UV) tool run --from pip-audit==$(AUDIT_VERSION) pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

clean: ## remove .venv and caches; data and results stay
	rm -rf $(VENV) .pytest_cache .ruff_cache workflow/*.egg-info
	find workflow tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs the lock in seconds where pip takes minutes
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
	  echo "Python 3.11, 3.12 or 3.13 is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1); choose one: make PYTHON=python3.12" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Bytecode is compiled once here: if Python may not write it, every import of TensorFlow compiles again (10 s and more)
$(READY): requirements.lock pyproject.toml | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes --requirement requirements.lock
	$(UV) pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@
