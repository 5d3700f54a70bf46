"""Two fronts on 1, 2 and 3 ranks: plating over an interphase, and a coating that is consumed; same fields and books."""

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from tests.parallel.pool import on_ranks
from tests.verification.test_plating_interphase import INPUTS

#: Decks on coarser meshes, a few steps from their start: lithium under a coating with holes, beside a host, and around
#: a coating that it consumes.
DECKS = {
    "flagship_coated.toml": (
        "domain.cells=[32, 32]", "interface.width=20 nm", "layer.thickness=20 nm", "stop.time=0.2 s",
    ),
    "systems/li_graphite.toml": (
        "domain.cells=[24, 54]", "interface.width=4 um", "stop.time=40 s", "time.max_step=8 s",
    ),
    "interphase_coating_consumed.toml": ("domain.cells=[24, 24]", "coating.thickness=20 nm", "stop.time=30 s"),
}  # fmt: skip
#: Largest difference of a field or column, over its own largest value.
BAR = 1e-8

RUN = f"""
import sys
from phasefield.run.runner import run

for number, (deck, overrides) in enumerate({DECKS!r}.items()):
    same = ["output.snapshots=1", "solver.profile=strict"]
    run({str(INPUTS)!r} + "/" + deck, f"run-{{number}}-{{sys.argv[1]}}", overrides=[*overrides, *same])
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The run of a deck on some ranks, on which all decks run when one is asked for."""
    directory, done = tmp_path_factory.mktemp("ranks"), set()
    program = directory / "program.py"
    program.write_text(RUN)

    def runs(deck, ranks):
        if ranks not in done:
            job = on_ranks(ranks, [program, str(ranks)], cwd=directory)
            assert job.returncode == 0, job.stdout
            done.add(ranks)
        return open_run(directory / f"run-{list(DECKS).index(deck)}-{ranks}")

    return runs


@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("deck", DECKS)
def test_same_run(runs, deck, ranks):
    """Fields of the last snapshot and columns of every step agree to 1e-8 of their size with the strict profile."""
    one, other = runs(deck, 1), runs(deck, ranks)
    assert other.history.rows == one.history.rows > 2
    names = {"xi", "psi", "theta", "phi_i", "phi_e"} & set(one.snapshot(-1).fields)
    assert len(names) >= 3
    for name in names:
        a, b = one.snapshot(-1)[name], other.snapshot(-1)[name]
        assert np.max(np.abs(a - b)) <= BAR * np.max(np.abs(a)), name
    columns = {
        "Charge plated [C/m2]", "Charge lost to the interphase [C/m2]", "Charge stored in the host [C/m2]",
        "Cell voltage [V]", "Thickness [m]", "Coating consumed [m]", "Charge consumed [C/m2]",
    }  # fmt: skip
    for column in columns & set(one.history.columns):
        a, b = one.history[column], other.history[column]
        assert np.max(np.abs(a - b)) <= BAR * np.max(np.abs(a)), column

BREAKTHROUGH = f"""
import sys
from phasefield.run.runner import run

changes = ["domain.cells=[30, 30]", "stop.time=40 min", "output.snapshots=12", "solver.profile=strict"]
run({str(INPUTS)!r} + "/interphase_coating_consumed.toml", sys.argv[1], overrides=changes)
"""


@pytest.mark.slow
def test_strict_profile_when_a_coating_is_used_up(tmp_path):
    """All snapshots to 1e-10, also after the lithium breaks through.

    Not a bound for every choice of steps: round-off grows in the step of the break-through. With a snapshot at 2040 s,
    just after it, ψ differs by 4.5e-10.
    """
    (tmp_path / "program.py").write_text(BREAKTHROUGH)
    for ranks in (1, 2):
        job = on_ranks(ranks, ["program.py", f"on {ranks}"], cwd=tmp_path, timeout=140)
        assert job.returncode == 0, job.stdout
    one, other = open_run(tmp_path / "on 1"), open_run(tmp_path / "on 2")
    for index in range(len(one.times)):
        before, after = one.snapshot(index).fields, other.snapshot(index).fields
        for name in ("psi", "phi_e", "phi_i", "consumed"):
            gap = np.max(np.abs(before[name] - after[name]))
            assert gap <= 1e-10 * np.max(np.abs(before[name])), (name, one.times[index])
