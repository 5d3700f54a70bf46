"""The command line: its output, streams and exit codes; it never shows a traceback."""

import json
import os
import subprocess
import sys

import pytest
import typer

from phasefield import cli
from phasefield.errors import StepError
from tests.unit.decks import SINGLE_ION


@pytest.fixture
def call(capsys):
    """Call the command line in this process: exit code, standard output, standard error."""

    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            cli.main([str(a) for a in arguments])
        printed = capsys.readouterr()
        return caught.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def deck(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SINGLE_ION)
    return path


def test_check(call, deck):
    code, out, err = call("check", deck)
    assert (code, err) == (0, "")
    assert "most unstable wavelength" in out
    assert out.rstrip().endswith("small.toml: valid; no errors, no warnings")


def test_check_with_overrides(call, deck):
    code, out, _ = call("check", deck, "--set", "interface.width=1.2 um", "--set", "title=Other")
    assert code == 0
    assert out.startswith("Other\n")
    assert "1 warning" in out


def test_check_refuses_what_is_not_worth_running(call, deck):
    code, out, _ = call("check", deck, "--set", "interface.width=1 um")
    assert code == 2
    assert "error: interface.width" in out
    assert call("check", deck, "--set", "interface.width=1 um", "--force")[0] == 0


def test_a_bad_deck_is_one_clear_message(call, deck):
    code, out, err = call("check", deck, "--set", "interface.widht=1 um", "--set", "front.height=3")
    assert (code, out) == (2, "")
    assert err.startswith("error: 2 problems\n")
    assert f"{deck}: interface.widht" in err
    assert f"{deck}: front.height = 3" in err


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_deck(call, command):
    code, out, err = call(command, "nowhere.toml")
    assert (code, out) == (2, "") and err.startswith("error: nowhere.toml: ") and err.count("\n") == 1


@pytest.mark.parametrize("command", ["status", "compare", "render"])
def test_a_missing_run(call, command):
    code, out, err = call(command, "nowhere")
    assert (code, out) == (2, "") and err.startswith("error: nowhere: ") and err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["chekc"], ["check"], ["check", "a", "b"], ["run", "--nonsense"], []])
def test_wrong_usage_exits_2(call, arguments):
    assert call(*arguments)[0] == 2


def test_run_passes_its_options_on(call, deck, monkeypatch):
    """The command itself does nothing but call `phasefield.run.runner.run`."""
    calls = []
    runner = pytest.importorskip("phasefield.run.runner")
    monkeypatch.setattr(runner, "run", lambda *args, **kwargs: calls.append((args, kwargs)))
    code, _, _ = call("run", deck, "-o", "there", "--set", "a=1", "--set", "b=2", "--force")
    assert code == 0
    (path,), options = calls[0]
    assert path == deck
    assert str(options.pop("output")) == "there"
    assert options == {"force": True, "overrides": ["a=1", "b=2"], "observers": []}


def test_a_failed_step_exits_3(call, deck, monkeypatch):
    def fail(*args, **kwargs):
        raise StepError("step 7 was rejected 12 times")

    monkeypatch.setattr(pytest.importorskip("phasefield.run.runner"), "run", fail)
    assert call("run", deck) == (3, "", "error: step 7 was rejected 12 times\n")


def test_only_the_first_rank_talks(call, deck, monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "1")
    assert call("check", deck) == (0, "", "")
    assert call("check", "nowhere.toml") == (2, "", "")


def test_status(call, tmp_path):
    run = tmp_path / "case"
    run.mkdir()
    (run / "resolved.json").write_text(json.dumps({"deck": {}, "derived": {"planned_time": 1000.0}}))
    state = {"state": "running", "reason": "", "time": 250.0, "steps": 41}
    (run / "status.json").write_text(json.dumps(state))
    code, out, _ = call("status", run)
    assert code == 0
    assert out == f"{run}  running at 250 s (4.17 min) in 41 steps, 25% of the planned time\n"


def test_schema(call, tmp_path):
    path = tmp_path / "deck.schema.json"
    assert call("schema", "-o", path) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(call("schema")[1])
    code, _, err = call("schema", "-o", tmp_path / "no" / "where.json")
    assert code == 2
    assert "cannot be written" in err


def test_keys_and_version(call):
    assert call("keys")[1].startswith("# Decks\n")
    assert call("--version")[1].startswith("phasefield ")


def test_help_is_quick():
    """Nothing that takes time is imported before a command needs it."""
    slow = "numpy scipy fipy mpi4py petsc4py pint pydantic h5py pyvista matplotlib".split()
    code = f"import sys, phasefield.cli; print([m for m in {slow} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
    helped = subprocess.run([sys.executable, "-m", "phasefield", "--help"], capture_output=True, text=True)
    assert helped.returncode == 0
    assert "render" in helped.stdout


def test_the_backend_of_a_notebook_is_ignored():
    """A notebook hands on ``MPLBACKEND``, which names a backend of the notebook's own environment."""
    code = """
import sys
from phasefield.__main__ import main
sys.argv = ["phasefield", "--version"]
try:
    main()
except SystemExit:
    import matplotlib
"""
    environment = {**os.environ, "MPLBACKEND": "not-in-this-environment"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_in_sentences():
    """Every command, argument and option is explained, and no default depends on the machine."""
    commands = [typer.main.get_command(cli.app)]
    while commands:
        command = commands.pop()
        commands += getattr(command, "commands", {}).values()
        told = {command.name: command.help} if command.name else {}
        told |= {p.name: p.help for p in command.params if p.name not in ("help", "version")}
        for name, text in told.items():
            assert text and text.rstrip().endswith(".") and len(text.split()) > 3, f"{command.name} {name}: {text}"
    options = typer.main.get_command(cli.app).commands["render"].params
    assert next(p for p in options if p.name == "processes").default is None
