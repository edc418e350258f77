# Assay. "make run" and "make test" do all the set-up that they need; Python 3.11 or newer is enough.

SHELL := /bin/sh
PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input
MANAGE := $(PYTHON) manage.py
# Tests run on two processes; more only help where there are more cores.
TEST_PROCESSES ?= auto

INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
INSTALLED_BENCH := .venv/.installed-bench
INSTALLED_NUDENET := .venv/.installed-nudenet

NUDENET_TESTS := tests/moderation/test_nudenet.py tests/moderation/test_detectors_nudity.py

NUDENET_FILES := $(if $(filter 1 true yes on,$(NUDENET)),$(INSTALLED_NUDENET))

.PHONY: help run test test-nudenet test-postgresql lint format bench screenshots readme clean

help:
	@echo "make run             set up and start the console; PORT=8000 HOST=127.0.0.1 DATA_DIR=var NUDENET="
	@echo "make test            run all tests"
	@echo "make test-postgresql all but the browser tests on PostgreSQL"
	@echo "make lint            check style, types, imports, templates and migrations"
	@echo "make format          format the code"
	@echo "make bench           measure speed and memory"
	@echo "make readme          write the generated parts of README.md"
	@echo "make clean           remove the virtual environment and caches; data in DATA_DIR stays"

run: $(INSTALLED) $(NUDENET_FILES)
	@exec $(MANAGE) serve

test: $(INSTALLED_DEV) $(NUDENET_FILES)
	@sh scripts/install_browser.sh
	@$(PYTHON) -m pytest -n $(TEST_PROCESSES) --cov --cov-report=term

# The browser tests see the same pages; they need not be drawn twice.
test-postgresql: $(INSTALLED_DEV)
	@$(PYTHON) -m tests.on_postgresql -n $(TEST_PROCESSES) -m "not browser"

# NudeNet changes what the nudity detector sees; it is taken away again, so that the tests that
# follow run as most people do.
test-nudenet: $(INSTALLED_DEV) $(INSTALLED_NUDENET)
	@$(PYTHON) -m pytest -n $(TEST_PROCESSES) $(NUDENET_TESTS)
	@$(PIP) uninstall --quiet --yes nudenet
	@rm $(INSTALLED_NUDENET)

lint: $(INSTALLED_DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports --no-logo
	git ls-files -z -- 'templates/*.html' | xargs -0 .venv/bin/djade --check --target-version 5.2
	.venv/bin/djlint --lint --quiet templates
	$(MANAGE) makemigrations --check --dry-run

format: $(INSTALLED_DEV)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	git ls-files -z -- 'templates/*.html' | xargs -0 .venv/bin/djade --target-version 5.2

bench: $(INSTALLED_DEV) $(INSTALLED_BENCH)
	@$(PYTHON) -m bench

screenshots: $(INSTALLED_DEV)
	@$(PYTHON) -m tests.screenshots

readme: $(INSTALLED)
	@$(MANAGE) write_coverage

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@sh scripts/make_venv.sh .venv

$(INSTALLED): requirements.txt $(PYTHON)
	@echo "Installing what Assay needs; the first time takes a few minutes ..."
	@$(PIP) install --quiet --requirement requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing the tools for tests ..."
	@$(PIP) install --quiet --requirement requirements-dev.txt
	@touch $@

$(INSTALLED_BENCH): requirements-bench.txt $(INSTALLED_DEV)
	@echo "Installing what to compare with ..."
	@while read -r peer _; do case "$$peer" in ""|"#"*) continue;; esac; \
		$(PIP) install --quiet "$$peer" || echo "Without $$peer: no comparison with it."; \
	done < requirements-bench.txt
	@touch $@

$(INSTALLED_NUDENET): requirements-nudenet.txt $(INSTALLED)
	@echo "Installing NudeNet. Its licence is AGPL-3.0, unlike that of Assay and all else here:"
	@echo "who offers a service with it must offer the service's source code as well."
	@$(PIP) install --quiet --no-deps --requirement requirements-nudenet.txt
	@touch $@
