"""The same deck on 1, 2 and 3 ranks gives the same run; a failure of one rank ends them all."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from phasefield.io.rundir import FIELDS, open_run
from tests.parallel.decks import LIQUID, RIPPLE, SOLID, TALL
from tests.parallel.mpi import mpirun
from tests.parallel.pool import on_ranks

DECKS = {"ripple": (), "solid": SOLID, "liquid": LIQUID, "tall": TALL}

#: What differs between runs of the same deck by right: the clock, and how hard the solver had to work.
OF_THE_MACHINE = {"Wall time [s]", "Linear iterations [1]", "Newton iterations [1]"}
#: What is zero but for the solver's tolerance.
CLOSURES = {"Charge closure [1]", "Salt closure [1]"}

#: Default profile: largest difference of a column or field, relative to its own largest value, over the
#: linear solver's relative tolerance of 1e-9 (see phasefield.engines.solver.PROFILES). Newton's method stops
#: at 1e-4 of the fields, but its last step leaves an error of about that squared.
MULTIPLE_OF_TOLERANCE, TOLERANCE = 3000, 1e-9
STRICT = 1e-8

RUN_ALL = """
import sys
from phasefield.run.runner import run

decks, (profile, ranks) = {decks!r}, sys.argv[1:]
for name, overrides in decks.items():
    run("deck.toml", f"{{name}}-{{profile}}-{{ranks}}", overrides=(*overrides, f"solver.profile={{profile}}"))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Open the run of a deck by name, profile and number of ranks."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "deck.toml").write_text(RIPPLE)
    (folder / "all.py").write_text(RUN_ALL.format(decks=DECKS))
    done = set()

    def get(name, profile, ranks):
        if (profile, ranks) not in done:
            result = on_ranks(ranks, [folder / "all.py", profile, str(ranks)], cwd=folder, timeout=200)
            assert result.returncode == 0, result.stdout
            done.add((profile, ranks))
        return open_run(folder / f"{name}-{profile}-{ranks}")

    return get


def differences(one, other):
    """Largest difference of each column and final field over its own largest value; closures as such."""
    assert one.history.columns == other.history.columns
    columns = set(one.history.columns) - OF_THE_MACHINE
    pairs = {head: (one.history[head], other.history[head]) for head in columns}
    last = one.snapshot(-1), other.snapshot(-1)
    pairs |= {name: (last[0][name], last[1][name]) for name in last[0].fields}
    found = {}
    for name, (a, b) in pairs.items():
        assert a.shape == b.shape, name
        if not np.array_equal(a, b, equal_nan=True):
            scale = 1.0 if name in CLOSURES else np.max(np.abs(a))
            found[name] = float(np.max(np.abs(a - b)) / scale)
    return found


@pytest.mark.parametrize("name", DECKS)
@pytest.mark.parametrize(
    ("profile", "bar", "ranks"),
    [
        ("strict", STRICT, 2),
        ("strict", STRICT, 3),
        ("default", MULTIPLE_OF_TOLERANCE * TOLERANCE, 2),
        pytest.param("default", MULTIPLE_OF_TOLERANCE * TOLERANCE, 3, marks=pytest.mark.slow),
    ],
)
def test_number_of_ranks_changes_nothing(runs, name, profile, bar, ranks):
    """History and final fields agree: to 1e-8 in the strict profile, 3000 tolerances in the default one."""
    one, other = runs(name, profile, 1), runs(name, profile, ranks)
    assert one.history.rows == other.history.rows >= 3
    assert other.manifest["ranks"] == ranks
    too_far = {what: found for what, found in differences(one, other).items() if not found <= bar}
    assert not too_far


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("name", DECKS)
def test_snapshot_file_does_not_depend_on_ranks(runs, name, ranks):
    """Names, shapes, times and what lies where are the same; values to the solver's tolerance."""

    def layout(run):
        found = {}

        def visit(path, item):
            shape = item.shape if isinstance(item, h5py.Dataset) else None
            found[path] = (shape, {key: np.asarray(value).tolist() for key, value in item.attrs.items()})

        with h5py.File(run.path / FIELDS) as file:
            file.visititems(visit)
        return {path: entry for path, entry in found.items() if "CellData/" not in path or entry[0]}

    one, other = runs(name, "strict", 1), runs(name, "strict", ranks)
    assert {p: shape for p, (shape, _) in layout(one).items()} == {p: s for p, (s, _) in layout(other).items()}
    assert layout(one)["VTKHDF"] == layout(other)["VTKHDF"]
    assert np.array_equal(one.times, other.times)
    for index in range(len(one.times)):
        a, b = one.snapshot(index), other.snapshot(index)
        assert np.max(np.abs(a["xi"] - b["xi"])) < STRICT


#: A model whose kernel takes a second to compile.
SPREADING = """
import os
os.environ["PHASEFIELD_CACHE"] = "deck.toml/kernels"
import phasefield
from fipy import DiffusionTerm, TransientTerm

class Spreading(phasefield.Model):
    fields = (phasefield.Field("u", "u", "1", lambda x: x[0], controls_step=True),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)}

phasefield.simulate(Spreading(), phasefield.Grid((16,), (1.0,)), until=0.01, output="out")
"""


# -- failures ------------------------------------------------------------------------------------------


COMMAND = """
from unittest.mock import patch
from phasefield import parallel
from phasefield.cli import main
from phasefield.engines.compiled.split import SplitEngine
from phasefield.errors import PhasefieldError

def command(*options):
    main(["run", "deck.toml", "-o", "out", *options])

def exit_code(*options):
    try:
        command(*options)
    except SystemExit as end:
        print(f"<exit code {end.code}>", flush=True)

"""


@pytest.fixture
def program(tmp_path):
    """Run lines of Python on some ranks, in which `command` runs a deck to the end of its process, and `exit_code`
    says how it would have ended: exit code of the job, output, directory.
    """
    (tmp_path / "deck.toml").write_text(RIPPLE)

    def program(ranks, lines, launch=on_ranks):
        script = tmp_path / "program.py"
        script.write_text(COMMAND + lines)
        result = launch(ranks, script, cwd=tmp_path, timeout=60)
        return SimpleNamespace(code=result.returncode, output=result.stdout, folder=tmp_path / "out")

    return program


def raise_in_step(error, where="parallel.rank() == 1"):
    """Lines that make the engine raise an error on some rank at its fourth try; the others have 1 s to meet it, too."""
    return f"""
original, tries = SplitEngine.step, []
def step(self, dt):
    tries.append(dt)
    if len(tries) == 4 and {where}:
        raise {error}
    return original(self, dt)
with patch.object(SplitEngine, "step", step), patch.object(parallel, "PATIENCE", 1.0):
    exit_code()
"""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param("RuntimeError('the cell melted')", 70, marks=pytest.mark.slow),
        ("PhasefieldError('the cell melted')", 70),
        ("KeyboardInterrupt", 130),
    ],
)
def test_error_on_one_rank_in_the_middle_of_a_run_ends_the_job(program, error, code):
    """Rank 0 waits in the linear solver: both are gone before the time-out, and a traceback names rank 1."""
    failed = program(2, raise_in_step(error), mpirun)
    assert failed.code == code, failed.output
    assert "[rank 1] Traceback" in failed.output
    assert error.removesuffix("('the cell melted')") in failed.output


def test_error_of_an_observer_on_one_rank_ends_the_job(program):
    lines = """
from phasefield.physics.common import diagnostics
if parallel.rank() == 1:
    diagnostics.tip_radius = lambda *_: 1 / 0
command()
"""
    failed = program(2, lines, mpirun)
    assert failed.code == 70, failed.output
    assert "[rank 1] ZeroDivisionError" in failed.output


def test_error_on_every_rank_is_one_message(program):
    """A PhasefieldError that all ranks meet is no crash: one line and its own exit code."""
    failed = program(2, raise_in_step("PhasefieldError('no lithium left')", where="True"))
    assert failed.output.count("<exit code 1>") == 2, failed.output
    assert failed.output.count("error: no lithium left") == 1
    assert "Traceback" not in failed.output


@pytest.mark.parametrize(
    ("engine", "cells", "said"), [("compiled", "[5, 5]", "5 × 5 cells"), ("fipy", "[30, 4]", "4 layers of cells")]
)
def test_fewer_cells_than_ranks_need(program, engine, cells, said):
    """A box needs two cells along each cut, and FiPy, which cuts the height only, two layers: the run is refused."""
    changes = f"domain.cells={cells}", f"solver.engine={engine}", "front.noise="
    options = "--force", *(word for change in changes for word in ("--set", change))
    failed = program(3, f"exit_code(*{options!r})")
    assert sum(failed.output.count(f"<exit code {code}>") for code in (1, 2)) == 3, failed.output
    assert failed.output.count(f"error: 3 ranks cannot share {said}") == 1
    assert "Traceback" not in failed.output
    assert not failed.folder.exists()


def test_a_cache_that_cannot_be_written_is_one_message(program):
    """Every rank compiles for itself, and the run goes on."""
    done = program(2, SPREADING, mpirun)
    assert done.code == 0 and open_run(done.folder).done, done.output
    line = "cache of kernels deck.toml/kernels: it is no directory; compiled anew"
    assert done.output.count(line) == 1, done.output
    assert "Traceback" not in done.output


def test_full_disk_of_one_rank_ends_all_with_one_message(program):
    """Of rank 0, in the head of the directory, then in a snapshot (EFBIG stands for ENOSPC)."""
    lines = """
import resource
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for size, last in ((100, exit_code), (160_000, command)):
    if parallel.is_root():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    last("--force")
"""
    failed = program(2, lines, mpirun)
    assert failed.code == 2, failed.output
    assert failed.output.count("<exit code 2>") == 2
    for file in ("out", "out/fields.vtkhdf"):
        assert failed.output.count(f"error: {file}: cannot be written (File too large)") == 1
    assert "Traceback" not in failed.output


def test_unwritable_history_ends_all_with_one_message_and_says_so_in_the_directory(program):
    """history.csv takes two rows and no more: the run goes to its end, tells of the failure, and can be replaced."""
    lines = """
from phasefield.io.writer import HistoryFile
original = HistoryFile._append
def append(self, lines):
    if self.path.exists() and len(self.path.read_text().splitlines()) == 3:
        raise PermissionError(13, "Permission denied")
    original(self, lines)
with patch.object(HistoryFile, "_append", append):
    exit_code()
"""
    failed = program(2, lines)
    message = "out/history.csv: cannot be written (Permission denied)"
    assert failed.output.count("<exit code 2>") == 2, failed.output
    assert failed.output.count(f"error: {message}") == 1
    assert "Traceback" not in failed.output
    run = open_run(failed.folder)
    assert (run.status["state"], run.status["reason"]) == ("failed", message)
    assert run.status["steps"] > 2
    assert failed.output.count(f"warning: {message}; ") == 1
    assert run.history.rows == 2
    again = program(1, "exit_code('--force', '--set', 'stop.time=5 s')")
    assert "<exit code 0>" in again.output
