# One verb a need; each calls one program. `make PYTHON=python3.12 lab` chooses another Python.
PYTHON ?= python3
RESOLUTION ?= highest
BIN := .venv/bin
READY := .venv/.ready
SCALE := .venv/.scale
SLIDES := .venv/.slides
CLASS := .venv/.class
SITE := .venv/.site
EXTRAS := scale slides class site
UV := $(shell sed -n 's/^\(uv==[^ ;]*\).*/\1/p' locks/course.txt)
# Where the folder's name has letters that the locale's encoding, say ISO 8859-1, can't express.
NO_START := "The course is set up but doesn't start. Set LC_ALL=C.UTF-8 and try again, or move it to a folder with plain letters in its name."

.PHONY: lab help scale class test test-all test-skipped notebooks slides site bench lock removals
.DELETE_ON_ERROR:

lab: $(READY) ## open the course in JupyterLab
	@$(BIN)/course lab

help: ## list what `make` can do
	@awk -F ':.* ## ' '/^[a-z-]+:.* ## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

scale: $(SCALE) ## add what chapter 16 needs beside: Dask and Ray, some 600 MB

class: $(CLASS) ## serve a class by JupyterHub: ADDRESS=… to other machines, ACCOUNTS=yes with theirs
	@$(BIN)/course class hub $(if $(ADDRESS),--address $(ADDRESS)) $(if $(ACCOUNTS),--accounts)

test: $(READY) $(SLIDES) ## each sentence of the course, each check, each fault once
	@$(BIN)/python -m pytest

test-all: $(READY) $(SLIDES) ## all tests there are: weekly, and before a release
	@$(BIN)/python -m pytest --thorough tests notebooks solutions

test-skipped: $(SCALE) $(SLIDES) $(CLASS) $(SITE) ## what the last run had to skip, with all extras
	@$(BIN)/python -m pytest --skipped

notebooks: $(READY) ## run solutions/ and derive notebooks/ from them
	@$(BIN)/course notebooks

slides: $(SLIDES) ## make each chapter's slides, for teachers
	@$(BIN)/course slides

site: $(SITE) ## build the web pages of the course, into site/
	@$(BIN)/course site

bench: $(READY) ## measure, side by side with plain Prefect
	@$(BIN)/python tests/benchmarks/bench.py

lock: $(READY) ## resolve the versions anew: locks/ and environment.yml
	@$(BIN)/python -m course_tools.build.lock $(RESOLUTION)

removals: $(READY) ## list anew what Prefect has lost, for `course scan`
	@$(BIN)/python -m course_tools.build.removals

$(READY): locks/course.txt pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit("The course needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d: run e.g. make PYTHON=python3.12 $(MAKECMDGOALS)" % sys.version_info[:2])'
	@echo "Setting up .venv, which takes a minute the first time."
	@echo "1 of 3: an environment of $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "$(UV)"
	@echo "2 of 3: its packages, some 250 MB the first time"
	@{ $(BIN)/uv pip sync --python $(BIN)/python --compile-bytecode --require-hashes locks/course.txt $(foreach extra,$(EXTRAS),$(if $(wildcard .venv/.$(extra)),locks/$(extra).txt)) 2>&1 && touch .venv/.synced; } | sed '/^ [-+~] /d'
	@test -e .venv/.synced && rm .venv/.synced
	@echo "3 of 3: the course itself"
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/course --version || { echo $(NO_START) >&2; exit 1; }
	@touch $@

$(SCALE) $(SLIDES) $(CLASS) $(SITE): .venv/.%: locks/%.txt | $(READY)
	@echo "Adding the packages of $< ..."
	@$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --quiet --no-deps --require-hashes --requirement $<
	@touch $@
