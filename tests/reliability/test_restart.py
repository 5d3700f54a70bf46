"""A run that was cut off and taken up again is the run never cut off; whatever cannot be trusted is refused."""

import fcntl
import os
import signal
import subprocess
import sys
import threading

import h5py
import numpy as np
import pytest

from phasefield import cli
from phasefield.errors import RunError, Stopped
from phasefield.io import lock
from phasefield.io.rundir import FIELDS, open_run
from phasefield.run import restart as resume
from phasefield.run import runner
from tests.errors import refused
from tests.reliability.restarts import (
    ALWAYS,
    MODELS,
    cut,
    differences,
    differences_but_rejections,
    distrusted,
    interrupt,
)

# -- the same run ---------------------------------------------------------------------------------------


@pytest.mark.promise("a restart goes on to the same bits")
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("plating", 1),
        ("plating", 7),
        ("plating, liquid", 12),  # at the very time when a voltage takes over
        ("plating, liquid", 13),  # while it does
        ("plating", 19),  # the last
        *((name, 10) for name in MODELS if name != "interphase"),
        pytest.param("interphase", 10, marks=pytest.mark.slow),  # that of the consumed coating is one, too
        *(pytest.param(name, 19, marks=pytest.mark.slow) for name in MODELS if name != "plating"),
    ],
)
def test_restarted_run_is_the_run_never_stopped(whole, tmp_path, name, step):
    """History, as text but for the wall time, and snapshots, bit for bit; what was written later is taken out first."""
    part = cut(whole(name), step, tmp_path / "part")
    run = runner.restart(part)
    assert differences(whole(name), part) == []
    status = (dict(found.status) | {"files": None} for found in (run, open_run(whole(name))))  # hashes know wall times
    assert next(status) == next(status)
    assert run.manifest["restarts"] == [{"after step": step, "ranks": 1}]


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_of_second_order(tmp_path):
    """BDF2 needs one state more, and what was added in the last step: after its first step, later, at a new voltage."""
    text, overrides = MODELS["plating, liquid"]
    (tmp_path / "deck.toml").write_text(text)
    second = (*overrides, *ALWAYS, "time.method=bdf2")
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=second).path
    for step in (1, 10, 12):
        part = cut(run, step, tmp_path / str(step))
        runner.restart(part)
        assert differences(run, part) == []


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_of_split_steps(tmp_path):
    """They need what was found in the middles of two steps: after the first step, later, and at a new current."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    split = (*overrides, *ALWAYS, "time.method=split")
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=split).path
    steps = open_run(run).history["Step"]
    for step in (1, 2, 10, int(steps[-2])):
        part = cut(run, step, tmp_path / str(step))
        runner.restart(part)
        assert differences(run, part) == []


@pytest.mark.parametrize("other", ["time.method=bdf2", "time.method=implicit-euler", "solver.engine=fipy"])
def test_restart_with_another_method_than_split_steps(tmp_path, other):
    """A split run keeps no φ of the step before: another method begins anew there, and ends at the same lithium."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *ALWAYS)).path
    whole = open_run(run).history
    part = cut(run, 5, tmp_path / "part")
    runner.restart(part, overrides=[other])
    found = open_run(part).history
    assert (part / "run.log").read_text().count("begins anew") == 1
    assert found["Charge plated [C/m2]"][-1] == pytest.approx(whole["Charge plated [C/m2]"][-1], rel=1e-6)
    assert np.abs(found["Charge closure [1]"]).max() < 1e-8  # FiPy's engine closes to what its solver leaves
    assert found["Cell voltage [V]"][-1] == pytest.approx(whole["Cell voltage [V]"][-1], rel=0.02)


def test_wrong_state_would_be_seen(plating, monkeypatch):
    """The comparison has teeth: one unit in the last place of the next time step shows."""
    part, whole = plating
    restore = resume.RunState.restore

    def nearly(self, saved):
        restore(self, saved)
        self.controller.dt *= 1 - 2**-52

    monkeypatch.setattr(resume.RunState, "restore", nearly)
    runner.restart(part)
    assert differences(whole, part) != []


def test_killed_while_a_snapshot_was_written(plating):
    """The tables of the file are lost, as after a kill; the checkpoint has them."""
    part, whole = plating
    with open(part / FIELDS, "r+b") as file:
        file.write(b"\0" * 3000)
    with pytest.raises(OSError, match="signature"):
        h5py.File(part / FIELDS)
    runner.restart(part)
    assert differences(whole, part) == []


def test_every_third_step_done_twice_then_restarted(whole, tmp_path):
    """A rejected step leaves no trace in a checkpoint."""
    part = cut(whole("plating"), 7, tmp_path / "part")
    with distrusted():
        run = runner.restart(part)
    assert run.manifest["rejected steps"] > 0
    assert differences_but_rejections(whole("plating"), part) == []


# -- stopping -------------------------------------------------------------------------------------------


@pytest.mark.promise("signals at any time: stops with a checkpoint, or changes nothing")
@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_signal_in_the_middle_of_newtons_method(whole, tmp_path, monkeypatch, number, capsys):
    """The step is finished, a checkpoint of it written, and the exit code says: resubmit me."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    interrupt(monkeypatch, 20, lambda: os.kill(os.getpid(), number))
    sets = [word for override in overrides for word in ("--set", override)]
    with pytest.raises(SystemExit) as caught:
        cli.main(["run", str(tmp_path / "deck.toml"), "-o", str(tmp_path / "run"), *sets])
    assert caught.value.code == 75
    assert "phasefield restart" in capsys.readouterr().err
    run = open_run(tmp_path / "run")
    assert run.status["state"] == "stopped" and signal.Signals(number).name in run.status["reason"]
    steps = run.history.rows - 1
    assert 1 < steps < 19 and (run.path / "checkpoints" / f"{steps:08d}").is_dir()
    monkeypatch.undo()
    with pytest.raises(SystemExit) as caught:
        cli.main(["restart", str(run.path)])
    assert caught.value.code == 0
    assert differences(whole("plating"), run.path) == []


def test_handlers_are_put_back(whole, tmp_path):
    usual = signal.getsignal(signal.SIGUSR1)
    whole("plating")
    assert signal.getsignal(signal.SIGUSR1) is usual


def test_end_of_wall_time(tmp_path):
    """9 s of job, 9 s of margin but for a moment: stops after a step."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    limit = ("checkpoint.wall_time=9 s", "checkpoint.margin=8.9999 s")
    with pytest.raises(Stopped, match="wall"):
        runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *limit))
    assert open_run(tmp_path / "run").status["state"] == "stopped"


def test_second_signal_leaves_at_once(tmp_path):
    """The first is heard in a step that never ends; the second, later than a launcher's echo, ends the process."""
    from phasefield.run.stop_requests import StopRequests

    child = os.fork()
    if child == 0:
        with StopRequests(60.0, None) as requests:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)  # an echo
            requests._latch._first -= 2.0
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 128 + signal.SIGTERM


SIGNALLED = """
import os, signal, sys
from phasefield import __main__
from phasefield.run import runner
from phasefield.io import lock

def signalled(*arguments, **options):
    if WHEN == "before": os.kill(os.getpid(), signal.SIGUSR1)
    try:
        return run(*arguments, **options)
    finally:
        if WHEN == "after": os.kill(os.getpid(), signal.SIGUSR1)

WHEN, run, runner.run = sys.argv.pop(1), runner.run, signalled
__main__.main()
"""


@pytest.mark.promise("signals at any time: stops with a checkpoint, or changes nothing")
@pytest.mark.parametrize(("when", "code", "state"), [("before", 75, "stopped"), ("after", 0, "done")])
def test_signal_while_a_run_starts_or_when_it_has_ended(tmp_path, when, code, state):
    """The one stops it after its first step; the other changes nothing, so that a queue does not take it for failed."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    words = [word for override in overrides for word in ("--set", override)]
    command = [sys.executable, "-c", SIGNALLED, when, "run", "deck.toml", "-o", "run", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert open_run(tmp_path / "run").status["state"] == state


def test_status_of_a_run_that_is_gone(plating, monkeypatch):
    """Its files say that it is running; nobody holds its lock."""
    part, _ = plating
    assert open_run(part).status["state"] == "killed"
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with lock.held(part):
        assert open_run(part).status["state"] == "running"
        with refused(RunError, "locked", part):
            runner.restart(part)


def test_a_look_keeps_nobody_away(tmp_path):
    """Who asks for the status holds the lock for a moment; a restart waits for it."""
    (tmp_path / lock.LOCK).touch()
    look = os.open(tmp_path / lock.LOCK, os.O_RDONLY)
    fcntl.flock(look, fcntl.LOCK_SH)
    over = threading.Timer(0.3, os.close, [look])
    over.start()
    with lock.held(tmp_path):
        assert lock.is_held(tmp_path)
    over.join()
