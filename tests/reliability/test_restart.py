"""A run that was cut off and taken up again is the run never cut off; whatever cannot be trusted is refused."""

import errno
import json
import os
import shutil
import signal

import h5py
import pytest

from phasefield import cli, resume, runner
from phasefield.errors import RunError, Stopped
from phasefield.io import checkpoint, commit, lock
from phasefield.io.rundir import FIELDS, HISTORY, open_run
from phasefield.march import Controller
from tests.reliability.restarts import ALWAYS, MODELS, cut, differences

STEPS = (1, 7, 10, 19)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of a model that is never stopped, made once."""
    made = {}

    def whole(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("whole")
            text, overrides = MODELS[name]
            (folder / "deck.toml").write_text(text)
            made[name] = runner.run(folder / "deck.toml", folder / "run", overrides=(*overrides, *ALWAYS)).path
            assert open_run(made[name]).history.rows > max(STEPS)
        return made[name]

    return whole


@pytest.fixture
def plating(whole, tmp_path):
    """The same, of plating, cut off after 10 steps; and the whole one."""
    return cut(whole("plating"), 10, tmp_path / "cut"), whole("plating")


# -- the same run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("plating", 1),
        ("plating", 7),
        ("plating, liquid", 12),  # at the very time when a voltage takes over
        ("plating, liquid", 13),  # while it does
        *((name, step) for name in MODELS for step in (10, 19)),
    ],
)
def test_restarted_run_is_the_run_never_stopped(whole, tmp_path, name, step):
    """History, as text but for the wall time, and snapshots, bit for bit; what was written later is taken out first."""
    part = cut(whole(name), step, tmp_path / "part")
    run = runner.restart(part)
    assert differences(whole(name), part) == []
    assert run.status == open_run(whole(name)).status
    assert run.manifest["restarts"] == [{"after step": step, "ranks": 1}]


def test_wrong_state_would_be_seen(plating, monkeypatch):
    """The comparison has teeth: one unit in the last place of the next time step shows."""
    part, whole = plating
    restore = resume.Parts.restore

    def nearly(self, saved):
        restore(self, saved)
        self.controller.dt *= 1 - 2**-52

    monkeypatch.setattr(resume.Parts, "restore", nearly)
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


def test_every_third_step_done_twice_then_restarted(whole, tmp_path, monkeypatch):
    """A rejected step leaves no trace in a checkpoint."""
    from phasefield.engines.stepping import NewtonEngine
    from phasefield.engines.verdict import Verdict

    step, tries = NewtonEngine.step, []

    def distrusted(self, dt):
        tries.append(dt)
        verdict = step(self, dt)
        return Verdict(False, "not trusted") if len(tries) % 3 == 0 else verdict

    monkeypatch.setattr(NewtonEngine, "step", distrusted)
    monkeypatch.setattr(Controller, "rejected", lambda self, dt: None)
    part = cut(whole("plating"), 7, tmp_path / "part")
    run = runner.restart(part)
    assert run.manifest["rejected steps"] > 0
    found = [line for line in differences(whole("plating"), part) if line.startswith(FIELDS)]
    assert found == []


# -- stopping -------------------------------------------------------------------------------------------


def interrupt(monkeypatch, at, action):
    """Do something in the try of a step of some number, once."""
    from phasefield.engines.stepping import NewtonEngine

    original, tries = NewtonEngine._solve_once, []

    def solve(self):
        tries.append(1)
        if len(tries) == at:
            action()
        return original(self)

    monkeypatch.setattr(NewtonEngine, "_solve_once", solve)
    for engine in NewtonEngine.__subclasses__():
        of_engine = engine._solve_once

        def solve_of(self, of_engine=of_engine):
            tries.append(1)
            if len(tries) == at:
                action()
            return of_engine(self)

        monkeypatch.setattr(engine, "_solve_once", solve_of)


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
    assert "restart goes on" in capsys.readouterr().err
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
    with pytest.raises(Stopped, match="the end of its wall time is near"):
        runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *limit))
    assert open_run(tmp_path / "run").status["state"] == "stopped"


def test_second_signal_leaves_at_once(tmp_path):
    """The first is heard in a step that never ends; the second, later than a launcher's echo, ends the process."""
    from phasefield.signals import Wishes

    child = os.fork()
    if child == 0:
        with Wishes(60.0, None) as wishes:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)  # an echo
            wishes._first -= 2.0
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 128 + signal.SIGTERM


def test_status_of_a_run_that_is_gone(plating):
    """Its files say that it is running; nobody holds its lock."""
    part, _ = plating
    assert open_run(part).status["state"] == "killed"
    with lock.held(part):
        assert open_run(part).status["state"] == "running"
        with pytest.raises(RunError, match="another process is running it"):
            runner.restart(part)


# -- damage ---------------------------------------------------------------------------------------------


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def test_damaged_checkpoint_is_passed_over(plating, capsys):
    part, whole = plating
    damage(part / "checkpoints" / "00000010" / "xi.npy")
    assert runner.restart(part).manifest["restarts"] == [{"after step": 9, "ranks": 1}]
    assert "00000010: not used: xi.npy differs" in capsys.readouterr().err
    assert differences(whole, part) == []


def test_damaged_checkpoint_is_refused_if_asked(plating):
    part, _ = plating
    damage(part / "checkpoints" / "00000010" / "xi.npy")
    before = (part / HISTORY).read_text()
    with pytest.raises(RunError, match=r"00000010: not used: xi\.npy differs"):
        runner.restart(part, fallback=False)
    assert (part / HISTORY).read_text() == before


def test_no_checkpoint(plating):
    part, _ = plating
    shutil.rmtree(part / "checkpoints")
    with pytest.raises(RunError, match="has no checkpoint"):
        runner.restart(part)


def test_history_that_was_changed_is_refused(plating):
    """Rows from the beginning: no checkpoint fits."""
    part, _ = plating
    text = (part / HISTORY).read_text()
    (part / HISTORY).write_text(text.replace("\n0,0,", "\n0,1,", 1))
    with pytest.raises(RunError, match=f"{HISTORY} was changed since"):
        runner.restart(part)


def test_snapshots_that_lost_their_end_are_refused(plating):
    part, _ = plating
    os.truncate(part / FIELDS, 1000)
    with pytest.raises(RunError, match=f"{FIELDS} has lost its end: 1000 bytes"):
        runner.restart(part)


# -- a disk that is full --------------------------------------------------------------------------------


def failing_at(monkeypatch, counts):
    """The disk has no room at some of the attempts; it is counted in attempts."""
    begin, attempts = commit._begin, []

    def full(*arguments):
        begin(*arguments)
        attempts.append(1)
        if counts(len(attempts)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(commit, "_begin", full)


def test_full_disk_now_and_then(whole, tmp_path, monkeypatch, capsys):
    """The run goes on, says so, tries again, and leaves no parts of checkpoints."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    failing_at(monkeypatch, lambda attempt: attempt % 4 != 0)
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *ALWAYS, "checkpoint.failures=3"))
    assert run.status["state"] == "done"
    assert "No space left on device" in capsys.readouterr().err
    assert differences(whole("plating"), run.path) == []
    assert {entry.name for entry in (run.path / "checkpoints").iterdir()} >= {"00000004", "00000008"}
    assert not list((run.path / "checkpoints").glob(".*"))


def test_full_disk_for_ever(tmp_path, monkeypatch):
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    failing_at(monkeypatch, lambda attempt: attempt > 3)
    changes = (*overrides, *ALWAYS, "checkpoint.failures=2")
    with pytest.raises(RunError, match="no checkpoint could be written 3 times in a row"):
        runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=changes)
    run = open_run(tmp_path / "run")
    assert run.status["state"] == "failed" and "No space left" in run.status["reason"]
    assert run.history.rows == 7
    assert max(int(entry.name) for entry in (run.path / "checkpoints").iterdir()) == 3


def test_directory_that_vanished_is_made_again(whole, tmp_path, monkeypatch):
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    interrupt(monkeypatch, 20, lambda: shutil.rmtree(tmp_path / "run" / "checkpoints"))
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *ALWAYS))
    assert differences(whole("plating"), run.path) == []
    assert (run.path / "checkpoints" / "00000019").is_dir()


# -- changes --------------------------------------------------------------------------------------------


def test_until_goes_on_as_a_longer_run(plating, tmp_path):
    """A finished run goes on; without being asked to, it does not."""
    _, whole = plating
    part = shutil.copytree(whole, tmp_path / "part")
    before = (part / HISTORY).read_text()
    assert runner.restart(part).status["state"] == "done"
    assert (part / HISTORY).read_text() == before
    with pytest.raises(SystemExit) as caught:
        cli.main(["restart", str(part), "--until", "10 s"])
    assert caught.value.code == 0
    run = open_run(part)
    assert run.history["Time [s]"][-1] == 10.0
    assert (part / HISTORY).read_text().startswith(before)
    assert run.resolved["deck"]["stop"]["time"] == 10.0
    assert 'time = "10 s"' in (part / "deck.toml").read_text()


def test_changes_are_named(plating, capsys):
    part, _ = plating
    runner.restart(part, overrides=["time.max_step=0.2 s"])
    assert "time.max_step was 0.4, is now 0.2" in capsys.readouterr().err
    assert max(open_run(part).history["Time step [s]"][11:]) <= 0.2 * (1 + 1e-9)


@pytest.mark.parametrize("change", ["electrolyte.conductivity=1 mS/cm", "domain.cells=[20, 48]", "front.height=4 um",
                                    "drive.steps.0.current_density=1 mA/cm^2"])  # fmt: skip
def test_another_cell_is_refused(plating, change):
    part, _ = plating
    key = change.partition("=")[0]
    with pytest.raises(RunError, match=f"a restart cannot change {key}"):
        runner.restart(part, overrides=[change])


def test_end_that_is_past_is_refused(plating):
    part, _ = plating
    with pytest.raises(RunError, match="the run would end at 1 s; its checkpoint is of"):
        runner.restart(part, overrides=["stop.time=1 s"])


def test_ledger_of_a_checkpoint_is_that_of_the_history(whole):
    """Only accepted states are saved: time, step and charge of each checkpoint stand in a row."""
    run = open_run(whole("plating"))
    for entry in (run.path / "checkpoints").iterdir():
        numbers = checkpoint.state(entry)
        step = numbers["progress"]["step"]
        assert step == int(entry.name)
        tip = numbers["observers"]["history"]["record"]["tip"]
        assert tip == pytest.approx([run.history["Tip height [m]"][step], run.history["Time [s]"][step]], rel=1e-9)
    json.dumps(numbers, allow_nan=False)
