# One verb a need; each calls one program. `make PYTHON=python3.12 lab` chooses another Python.
PYTHON ?= python3
RESOLUTION ?= highest
BIN := .venv/bin
READY := .venv/.ready
SCALE := .venv/.scale
SLIDES := .venv/.slides
CLASS := .venv/.class
EXTRAS := scale slides class
UV := $(shell sed -n 's/^\(uv==[^ ;]*\).*/\1/p' locks/course.txt)

.PHONY: lab scale class test test-all test-skipped notebooks slides bench lock removals
.DELETE_ON_ERROR:

lab: $(READY) ## open the course in JupyterLab
	@$(BIN)/course lab

scale: $(SCALE) ## add what chapter 16 needs beside: Dask and Ray, some 600 MB

class: $(CLASS) ## serve a class by JupyterHub, with `make class ADDRESS=…` to other machines
	@$(BIN)/course class hub $(if $(ADDRESS),--address $(ADDRESS))

test: $(READY) $(SLIDES) ## each sentence of the course, each check, each fault once
	@$(BIN)/python -m pytest

test-all: $(READY) $(SLIDES) ## all tests there are: weekly, and before a release
	@$(BIN)/python -m pytest --thorough tests notebooks solutions

test-skipped: $(SCALE) $(SLIDES) $(CLASS) ## what the last run had to skip, with all extras
	@$(BIN)/python -m pytest --skipped tests notebooks solutions

notebooks: $(READY) ## run solutions/ and derive notebooks/ from them
	@$(BIN)/course notebooks

slides: $(SLIDES) ## make each chapter's slides, for teachers
	@$(BIN)/course slides

bench: $(READY) ## measure, side by side with plain Prefect
	@$(BIN)/python tests/benchmarks/bench.py

lock: $(READY) ## resolve the versions anew: locks/ and environment.yml
	@$(BIN)/python -m course_tools.build.lock $(RESOLUTION)

removals: $(READY) ## list anew what Prefect has lost, for `course scan`
	@$(BIN)/python -m course_tools.build.removals

$(READY): locks/course.txt pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit("The course needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d: run e.g. make PYTHON=python3.12 $(MAKECMDGOALS)" % sys.version_info[:2])'
	@echo "Setting up .venv (a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "$(UV)"
	@$(BIN)/uv pip sync --python $(BIN)/python --require-hashes locks/course.txt $(foreach extra,$(EXTRAS),$(if $(wildcard .venv/.$(extra)),locks/$(extra).txt))
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(SCALE) $(SLIDES) $(CLASS): .venv/.%: locks/%.txt | $(READY)
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --require-hashes --requirement $<
	@touch $@
