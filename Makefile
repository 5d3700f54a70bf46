# make run    plates lithium against a bare and a coated electrolyte, side by side: pictures, a movie, a table
# make test   the test suite
# make verify   our numbers beside those of others, as a page; make verify-full has the long cases, too: docs/verify.md
# make test-slow   the same laws at more parameters than make test tries
# make mutants     changes the formulas one by one: which changes does no test notice?
# make docs   the documentation as a site: build/site/html/index.html
# make soak   what is promised of long runs, tried for some hours: a table of what was tried and what held
# make test-view   the interactive page in a browser; installs chromium first
# make paraview    Debian's ParaView reads every export; as root, installs 1 GB in build/paraview first
# Both set up what is missing first. With your own Python, PETSc and MPI: make PYTHON=/path/to/python run
# (docs/install.md).

PYTHON = .venv/bin/python
RANKS = 2

SHELL = /bin/bash
PHASEFIELD = $(PYTHON) -m phasefield
PARALLEL = mpirun -n $(RANKS) $(PHASEFIELD)
DECKS = $(filter-out %.study.toml,$(wildcard inputs/*.toml))

# One thread per rank: more only slow each other down. Open MPI may put several ranks on one core, or be started by the
# root of a container; from version 5 on it is told so by PRTE_... names.
export OMP_NUM_THREADS = 1
export OMPI_MCA_rmaps_base_oversubscribe = 1
export PRTE_MCA_rmaps_default_mapping_policy = :oversubscribe
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
endif

AS_ROOT = $(if $(filter-out 0,$(shell id -u)),sudo)

.PHONY: run run-3d systems verify verify-full test test-slow test-view paraview soak mutants setup lint check docs bench bench-full clean
.DEFAULT_GOAL = run

run: setup
	$(PARALLEL) run inputs/plating_uncoated.toml --force -o runs/plating_uncoated
	$(PARALLEL) run inputs/plating_coated.toml --force -o runs/plating_coated
	$(PHASEFIELD) compare runs/plating_uncoated runs/plating_coated
	$(PHASEFIELD) render runs/plating_uncoated runs/plating_coated

# The same in three dimensions, in minutes instead of seconds
run-3d: setup
	$(PARALLEL) run inputs/plating_uncoated_3d.toml --force -o runs/plating_uncoated_3d
	$(PARALLEL) run inputs/plating_coated_3d.toml --force -o runs/plating_coated_3d
	$(PHASEFIELD) compare runs/plating_uncoated_3d runs/plating_coated_3d
	$(PHASEFIELD) render runs/plating_uncoated_3d runs/plating_coated_3d

# The systems of the review: a table of what comes out beside what was measured, in minutes. Fails if a claim is missed,
# a run is off theory, a closure is open or a number has moved
systems: setup
	$(PYTHON) -m tools.systems

# Four minutes of CPU time; fails if a number is beyond its bound
verify: setup
	$(PHASEFIELD) verify --jobs 2

# The page of the repository, with the long cases, in some twenty minutes; numbers that are missed stay on it
verify-full: setup
	-$(PHASEFIELD) verify --full --jobs 2
	cp runs/verify/verify.md docs/

# Two workers; a file's tests stay together, so that what they share is made once
test: setup lint
	$(PYTHON) -m pytest -n 2 --dist loadfile

# What `make test` leaves out to end within ten minutes: laws that it tries, at more parameters
test-slow: setup
	$(PYTHON) -m pytest -n 2 --dist loadfile -m slow

# `make soak FUZZ_MINUTES=5 ONLY=KILL` for part of it
FUZZ_MINUTES = 30
ONLY =
soak: setup
	PHASEFIELD_FUZZ_MINUTES=$(FUZZ_MINUTES) $(PYTHON) -m pytest -m soak -rP -k "$(ONLY)" tests/soak

# The page of phasefield view as a reader sees it, in two minutes
test-view: setup
	command -v chromium || $(AS_ROOT) sh -c "apt-get update -q && apt-get install -q -y --no-install-recommends chromium"
	$(PYTHON) -m pip install --quiet --disable-pip-version-check "playwright >= 1.40"
	$(PYTHON) -m pytest -m browser tests/browser

# ParaView 5.11 of Debian 12, in a folder of its own, reads every export at every time
paraview: setup
	command -v mmdebstrap || $(AS_ROOT) sh -c "apt-get update -q && apt-get install -q -y --no-install-recommends mmdebstrap"
	mkdir -p build && $(PYTHON) -m tools.paraview build/paraview

# Small changes of the formulas, and whether the tests notice each: hours (docs/mutation.md)
mutants: setup
	nice -n 15 $(PYTHON) -m tools.mutants --out mutants.json

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports

# Validate every deck without running it
check: setup
	set -e; for deck in $(DECKS); do $(PHASEFIELD) check "$$deck"; done

# The site in build/site/html, with its tutorials run, in some minutes; `make docs TUTORIALS=no` leaves these out
TUTORIALS = yes
docs: setup
	$(PYTHON) -c 'import sphinx, furo, myst_nb' 2>/dev/null || $(PYTHON) -m pip install --quiet -e '.[docs]'
	PATH="$(abspath $(dir $(PYTHON))):$$PATH" $(PYTHON) -m tools.site $(if $(filter no,$(TUTORIALS)),--no-tutorials)

# Speed and memory of both engines, of plain FiPy and of a program written by hand, against what is asked of them, in
# ten to thirty minutes; bench-full is for larger problems. Nothing else should run meanwhile (docs/benchmarks.md)
bench: setup
	$(PYTHON) -m tests.benchmarks.run

bench-full: setup
	$(PYTHON) -m tests.benchmarks.run --full

setup:
	@PYTHON="$(PYTHON)" SYSTEM_PACKAGES="$(SYSTEM_PACKAGES)" tools/setup.sh

# Everything that can be made again, except the results in runs/
clean:
	rm -rf .venv .setup-key build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './runs/*' -prune -exec rm -rf {} +
