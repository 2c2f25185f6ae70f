# Standstill: one command for each thing that a developer does.
# Every path here is relative, so that the checkout may lie anywhere, under any name.

.DEFAULT_GOAL := help
.PHONY: help setup dev run test check fmt bench bench-intake faults screens
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# One after the other: what is killed and begun anew is also what a test beside it would stand on.
FAULTS := $(BIN)/python -m tests.services postgres redis -- $(PYTEST) tests/faults
MANAGE := env DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py

help: ## list the commands
	@sed -n 's/^\([a-z-]*\): [^#]*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "  %-13s %s\n", $$1, $$2 }'

setup: .venv ## prepare .venv with what Standstill needs to run (nothing to do: at once)
	@$(call install,requirements.txt)

dev: .venv # what the tests and checks need on top
	@$(call install,requirements-dev.txt)

run: setup ## start everything here, with an example to try; Ctrl-C stops it
	@exec $(BIN)/python -m config.run

test: dev ## all tests: on SQLite, those of the database also on PostgreSQL, those of the broker also on Redis
	@failed=; \
	leg() { echo; echo "== tests on $$1"; shift; "$$@" || failed=yes; }; \
	leg "SQLite" env -u DATABASE_URL -u REDIS_URL $(PYTEST) -n 2 --ignore tests/faults; \
	leg "PostgreSQL" $(BIN)/python -m tests.services postgres -- $(PYTEST) -n 2 tests/integration; \
	leg "Redis" $(BIN)/python -m tests.services redis -- env -u DATABASE_URL $(PYTEST) -m broker; \
	leg "PostgreSQL and Redis, whose processes are killed" $(FAULTS); \
	echo; [ -z "$$failed" ] || { echo "make test: failed"; exit 1; }; echo "make test: passed"

check: dev ## formatting, lint, rooms, types, templates, state diagram, dependencies, migrations, deployment
	@failed=; \
	step() { \
		name=$$1; shift; \
		if said=$$("$$@" 2>&1); then echo "ok      $$name"; \
		else echo "FAILED  $$name"; printf '%s\n' "$$said"; failed="$$failed, $$name"; fi; \
	}; \
	step "formatting" $(BIN)/ruff format --check .; \
	step "lint" $(BIN)/ruff check .; \
	step "rooms" $(BIN)/lint-imports; \
	step "types" $(BIN)/python -m mypy .; \
	step "templates" find . -path ./.venv -prune -o -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +; \
	step "state diagram" $(MANAGE) draw_states --check; \
	step "dependencies" $(BIN)/python -m deptry .; \
	step "migrations complete" $(MANAGE) makemigrations --check --dry-run; \
	step "migrations safe" $(MANAGE) lintmigrations --settings tests.architecture.lint_settings; \
	step "deployment" env PRODUCTION=1 SEAL_KEY=not-used-here SECRET_KEY="$$(od -An -N50 -tx1 /dev/urandom | tr -d ' \n')" \
		$(MANAGE) check --deploy --fail-level WARNING; \
	[ -z "$$failed" ] || { echo "make check: failed: $${failed#, }"; exit 1; }; echo "make check: passed"

fmt: dev ## put code and templates into the one format, and draw the state diagram into the docs
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@$(MANAGE) draw_states
	@find . -path ./.venv -prune -o -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

faults: dev ## the long run of tests/faults: 1,000 workers killed over 30,000 alerts, and more; half an hour
	@FAULTS_LONG=1 LOG_LEVEL=ERROR $(FAULTS) -s

screens: dev ## make the pictures of docs/screens/ anew, of every page at both widths, light and dark
	@env -u DATABASE_URL -u REDIS_URL SCREENS=1 $(PYTEST) -q -n 2 tests/e2e/test_every_page.py tests/e2e/test_main_task.py tests/e2e/test_alerts.py

bench: dev ## measure the figures of docs/performance.md
	@$(BIN)/python -m benchmarks

bench-intake: dev ## score the reading of documents over a folder of labelled examples: make bench-intake LABELS=FOLDER
	@$(BIN)/python -m benchmarks.reading $(if $(LABELS),"$(LABELS)",$(error LABELS: the folder with docs/ and labels/))

# $(call install,FILE): install FILE unless just this text of it is installed. The stamp is a copy of it in .venv.
install = cmp -s $(1) .venv/$(1) || { \
		echo "Installing $(1) into .venv ..." && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1) && \
		cp $(1) .venv/$(1); }

# A phony target: a .venv whose Python is gone or too old is made anew.
.PHONY: .venv
.venv:
	@if $(BIN)/python -c 'import pip' 2>/dev/null; then exit 0; fi; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Standstill needs Python 3.11 or newer as $(PYTHON); another one is named with PYTHON=..."; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }; \
	$(PYTHON) -m venv --clear .venv
