"""Restarts on one and several ranks, and jobs whose ranks are told to stop, hang, or see what the others do not."""

import time

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from tests.parallel.mpi import mpirun
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, MODELS, cut, differences, free_after

#: Salt, and a drive that changes its kind twice.
TEXT, OVERRIDES = MODELS["plating, liquid"]
STRICT = (*OVERRIDES, "solver.profile=strict", "stop.time=2.6 s")
STEP = 10

#: Another number of ranks, strict profile: relative to the largest value of each column and field; closures as such.
#: The normal and the curvature of the front divide what the linear solver leaves in the tails of ξ by ξ(1 − ξ): φ has
#: 2.5e-10, and less than 1e-10 with effective capillarity.
BAR = 5e-10
#: Not of the solution: work, wall time; what is zero but for round-off.
WORK = {"Wall time [s]", "Linear iterations [1]", "Newton iterations [1]"}
CLOSURES = {"Charge closure [1]", "Salt closure [1]"}

RUN = f"""
import sys
from phasefield.run.runner import run
run("deck.toml", sys.argv[1], overrides={(*STRICT, *ALWAYS)!r})
"""
RESTART = """
import sys
from phasefield.run.runner import restart
for run in sys.argv[1:]:
    restart(run)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Whole runs on 1 and 2 ranks, and all restarts of them: ``part-A-B`` ran on A ranks and went on on B."""
    folder = tmp_path_factory.mktemp("restarts")
    (folder / "deck.toml").write_text(TEXT)
    (folder / "run.py").write_text(RUN)
    (folder / "restart.py").write_text(RESTART)
    for ranks in (1, 2):
        result = on_ranks(ranks, [folder / "run.py", f"whole-{ranks}"], cwd=folder)
        assert result.returncode == 0, result.stdout
    for after in (1, 2, 3):
        parts = [f"part-{before}-{after}" for before in (1, 2) if (before, after) not in ((1, 1), (1, 3))]
        for part in parts:
            cut(folder / f"whole-{part[5]}", STEP, folder / part)
        result = on_ranks(after, [folder / "restart.py", *parts], cwd=folder)
        assert result.returncode == 0, result.stdout
    return folder


@pytest.mark.promise("a restart goes on to the same bits")
def test_same_number_of_ranks_gives_the_same_bits(folder):
    assert open_run(folder / "whole-2").history.rows > STEP + 2
    assert differences(folder / "whole-2", folder / "part-2-2") == []


@pytest.mark.promise("restarts on other numbers of ranks: 5e-10")
@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (2, 3)])
def test_another_number_of_ranks_gives_the_same_run(folder, before, after):
    one, other = open_run(folder / f"whole-{before}"), open_run(folder / f"part-{before}-{after}")
    assert other.manifest["restarts"] == [{"after step": STEP, "ranks": after}]
    assert one.history.rows == other.history.rows
    assert np.array_equal(one.times, other.times)
    pairs = {head: (one.history[head], other.history[head]) for head in one.history if head not in WORK}
    last = one.snapshot(-1).fields, other.snapshot(-1).fields
    pairs |= {name: (last[0][name], last[1][name]) for name in last[0]}
    gaps = {
        name: np.max(np.abs(a - b)) / (1.0 if name in CLOSURES else np.max(np.abs(a)) or 1.0)
        for name, (a, b) in pairs.items()
    }
    assert {name: gap for name, gap in gaps.items() if not gap <= BAR} == {}


# -- what only one rank knows ---------------------------------------------------------------------------

SABOTAGE = f"""
import os, signal, sys
from unittest.mock import patch
from phasefield import cli, parallel
from phasefield.engines.stepping import NewtonEngine
accept, steps = NewtonEngine.accept, []
def accepted(self):
    accept(self)
    steps.append(1)
    if len(steps) == 5 and parallel.rank() == RANK:
        open(NOTE, "w").close()
        ACTION
words = [word for change in {STRICT!r} for word in ("--set", change)]
with patch.object(NewtonEngine, "accept", accepted):
    try:
        cli.main(["run", "deck.toml", "-o", sys.argv[1], *words, *sys.argv[2:]])
    except SystemExit as end:
        print(f"<exit code {{end.code}}>", flush=True)
        if end.code != 75:  # as asked
            raise
"""


def sabotaged(folder, output, action, *options, rank=1, ranks=2, launch=mpirun):
    """A run; on one rank something happens after 5 steps. Exit code, output, seconds from then on."""
    script, note = folder / f"{output}.py", folder / f"{output}.begun"
    script.write_text(SABOTAGE.replace("NOTE", repr(str(note))).replace("ACTION", action).replace("RANK", str(rank)))
    result = launch(ranks, [script, output, *options], cwd=folder, timeout=120)
    return result.returncode, result.stdout, time.time() - note.stat().st_mtime


@pytest.mark.promise("a rank that is told, hangs, dies or cannot read: ends or recovers within 30 s")
def test_signal_to_one_rank_stops_all_at_the_same_step(folder):
    """Exit code 75, and the run that is taken up again is the one never stopped."""
    _, output, _ = sabotaged(folder, "told", "os.kill(os.getpid(), signal.SIGUSR1)", launch=on_ranks)
    assert output.count("<exit code 75>") == 2, output
    run = open_run(folder / "told")
    assert (run.status["state"], run.status["steps"]) == ("stopped", 5)
    assert "SIGUSR1" in run.status["reason"]
    result = on_ranks(2, [folder / "restart.py", "told"], cwd=folder)
    assert result.returncode == 0, result.stdout
    assert differences(folder / "whole-2", folder / "told") == []


@pytest.mark.promise("a rank that is told, hangs, dies or cannot read: ends or recovers within 30 s")
@pytest.mark.parametrize(
    ("rank", "state", "reason"),
    [(1, "failed", "a rank hangs"), pytest.param(0, "killed", "", marks=pytest.mark.slow)],
)
def test_rank_that_hangs_is_noticed(folder, rank, state, reason):
    """A stopped process: another ends the job 4 s later, within 30 s all is over, and the directory says so.

    Unless it is rank 0, which alone writes there.
    """
    output = f"hung-{rank}"
    code, said, seconds = sabotaged(
        folder, output, "os.kill(os.getpid(), signal.SIGSTOP)", "--set", "checkpoint.watchdog=4 s",
        "--set", "checkpoint.every=1e-15 s", rank=rank,
    )  # fmt: skip
    assert code != 0
    assert seconds + free_after(folder / output) < 30, said
    assert "no progress for 4 s: a rank hangs" in said
    run = open_run(folder / output)
    assert run.status["state"] == state and reason in run.status["reason"]
    assert ("a rank hangs" in (run.path / "run.log").read_text()) == (state == "failed")
    assert (run.path / "checkpoints" / "00000005").is_dir() or (run.path / "checkpoints" / "00000004").is_dir()


@pytest.mark.promise("a rank that is told, hangs, dies or cannot read: ends or recovers within 30 s")
def test_rank_that_is_killed_ends_the_job(folder):
    """SIGKILL: within 30 s all is over; what is there is whole, and goes on to the run never cut off."""
    code, output, seconds = sabotaged(
        folder, "killed", "os.kill(os.getpid(), signal.SIGKILL)", "--set", "checkpoint.every=1e-15 s"
    )
    assert code != 0
    assert seconds + free_after(folder / "killed") < 30, output
    assert open_run(folder / "killed").status["state"] == "killed"
    result = on_ranks(2, [folder / "restart.py", "killed"], cwd=folder)
    assert result.returncode == 0, result.stdout
    assert differences(folder / "whole-2", folder / "killed") == []


@pytest.mark.promise("a rank that is told, hangs, dies or cannot read: ends or recovers within 30 s")
def test_checkpoint_that_one_rank_cannot_read_ends_all_with_one_message(folder):
    cut(folder / "whole-2", STEP, folder / "unread-part")
    script = folder / "unread.py"
    script.write_text("""
from unittest.mock import patch
from phasefield import cli, parallel
from phasefield.io import checkpoint
array = checkpoint.array
def unreadable(path, name, box):
    if parallel.rank() == 1 and name == "c":
        raise checkpoint.CheckpointError("the disk has a hole")
    return array(path, name, box)
with patch.object(checkpoint, "array", unreadable):
    try:
        cli.main(["restart", "unread-part"])
    except SystemExit as end:
        print(f"<exit code {end.code}>", flush=True)
""")
    result = on_ranks(2, script, cwd=folder, timeout=60)
    assert result.stdout.count("<exit code 2>") == 2, result.stdout
    assert result.stdout.count("error: the disk has a hole") == 1
    assert "Traceback" not in result.stdout


@pytest.mark.promise("a rank that is told, hangs, dies or cannot read: ends or recovers within 30 s")
def test_rank_that_hangs_in_the_solver_is_noticed(folder):
    """The other one waits inside PETSc, which holds Python's lock: no thread of Python could see it."""
    script, note = folder / "inside.py", folder / "inside.begun"
    script.write_text(f"""
import os, signal
from phasefield import cli, parallel
from phasefield.engines.compiled.engine import CompiledEngine
solve, calls = CompiledEngine._solve_once, []
def stopped(self):
    calls.append(1)
    if len(calls) == 12 and parallel.rank() == 1:
        open({str(note)!r}, "w").close()
        os.kill(os.getpid(), signal.SIGSTOP)
    return solve(self)
CompiledEngine._solve_once = stopped
words = [word for change in {STRICT!r} for word in ("--set", change)]
cli.main(["run", "deck.toml", "-o", "inside", "--set", "checkpoint.watchdog=4 s", *words])
""")
    result = mpirun(2, script, cwd=folder, timeout=120)
    seconds = time.time() - note.stat().st_mtime + free_after(folder / "inside")
    assert result.returncode != 0
    assert "no progress for 4 s: a rank hangs" in result.stdout
    assert seconds < 30, result.stdout
