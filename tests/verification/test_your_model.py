"""docs/your_model.md: every block of the page runs, and what it says of them is true."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from tests.parallel.mpi import mpirun
from tests.reliability.restarts import differences

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "your_model.md"

#: A run of the page's model that its own observer kills, or not; arguments: directory, step at which it dies.
KILLED = """
import os, signal, sys
import phasefield
from hot_front import HotFront
from phasefield import Grid

def die(run):
    if run.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

grid = Grid(cells=(40, 24), size=("20 um", "12 um"))
always = ["checkpoint.every=1e-15 s", "output.snapshots=6", "time.max_step=1 us"]
phasefield.simulate(HotFront(), grid, "40 us", sys.argv[1], observers=[die], overrides=always)
"""
#: By the command line, which has no model to go on with; with another model; with the model of the run.
GO_ON = """
import phasefield
from hot_front import HotFront
from phasefield.cli import main
from phasefield.errors import DeckError

try:
    main(["restart", "cut"])
except SystemExit as end:
    print("exit code", end.code)
try:
    phasefield.restart("cut", model=HotFront(heating=100.0))
except DeckError as error:
    print(error)
phasefield.restart("cut", model=HotFront(heating=120.0))
"""
#: All programs of the page, and the command line that compares two of their runs.
PROGRAMS = """
import runpy
from phasefield.cli import main

for name in ("run.py", "check.py", "go_on.py", "watch.py"):
    runpy.run_path(name, run_name="__main__")
main(["compare", "runs/hot_front", "runs/cold_front"])
"""
#: Command lines, each a list of words, until one of them fails.
COMMANDS = """
import json, sys
from phasefield.cli import main

for words in map(json.loads, sys.argv[1:]):
    try:
        main(words)
    except SystemExit as end:
        if end.code:
            raise
"""
#: What pip would have installed.
ENTRY_POINTS = "[phasefield.models]\nhot-front = hot_front:HotFront\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The blocks of the page in files of the names that they begin with, and the model as an installed distribution."""
    folder = tmp_path_factory.mktemp("page")
    for text in re.findall(r"```(?:python|toml)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        name = text.partition("\n")[0].removeprefix("# ")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(folder):
    made = folder / "site" / "hot_front-1.0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: hot-front\nVersion: 1.0\n")
    (made / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "site" / "hot_front.py").write_text((folder / "hot_front.py").read_text())
    return folder / "site"


def python(folder, *arguments, path=None):
    """A Python in a folder; its exit code, what it printed, and what it complained of."""
    places = [str(path or folder), str(ROOT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250)
    return done.returncode, done.stdout, done.stderr


def works(folder, *arguments, path=None):
    code, out, err = python(folder, *arguments, path=path)
    assert code == 0, err
    return out


def commands(folder, *lines, path):
    return works(folder, "-c", COMMANDS, *map(json.dumps, lines), path=path)


@pytest.fixture(scope="module")
def printed(folder):
    """What the programs of the page print, run from top to bottom."""
    return works(folder, "-c", PROGRAMS)


@pytest.fixture(scope="module")
def whole(folder):
    """A run that was never killed."""
    (folder / "killed.py").write_text(KILLED)
    works(folder, "killed.py", "whole", -1)
    return folder / "whole"


def test_the_page_from_top_to_bottom(folder, printed):
    """Times, fractions and the speed of the front are what the page says; heat is kept to 1e-9; pictures are drawn."""
    hot, cold = open_run(folder / "runs" / "hot_front"), open_run(folder / "runs" / "cold_front")
    through = hot.history["Time [s]"][np.argmax(hot.history["Crystal [1]"] > 0.99)]
    assert through == pytest.approx(73e-6, abs=1e-6)
    assert cold.history["Crystal [1]"][-1] == pytest.approx(1 / 6, abs=0.01)
    assert np.abs(hot.history["Heat closure [1]"]).max() < 1e-9
    names = {path.name for path in (folder / "runs" / "pictures").iterdir()}
    assert names == {"hot_front_vs_cold.png", "hot_front_vs_cold_history.png"}

    assert cold.status["time"] == pytest.approx(80e-6)
    assert hot.status["time"] == pytest.approx(90e-6), "it went on"
    assert re.search(r"^melts at 5[23]\.\d µs$", printed, re.MULTILINE)
    assert "Highest temperature [K]" in printed and "heat against that at the start" in printed


def test_speed_of_the_front(printed):
    """Nagumo's equation: u_t = u'' + 2u(1 − u)(u − a) has a wave of speed 1 − 2a; here a = 1/2 − 3m, so 6m."""
    speed = float(re.search(r"^speed (\S+) m/s$", printed, re.MULTILINE)[1])
    assert speed == pytest.approx(6 * 0.05, rel=0.008)


def test_killed_and_restarted_is_the_run_never_killed(folder, whole):
    """Bit for bit, history and snapshots; a model with other arguments is refused, and the command line says why."""
    assert python(folder, "killed.py", "cut", 17)[0] == -9
    assert open_run(folder / "cut").status["state"] == "killed"
    code, out, error = python(folder, "-c", GO_ON)
    assert code == 0 and "Traceback" not in error, error
    assert "exit code 2" in out and "phasefield.restart" in error
    assert "parameters.heating" in out
    assert open_run(folder / "cut").history.rows > 30
    assert differences(whole, folder / "cut") == []


@pytest.fixture(scope="module")
def two_ranks(folder, installed):
    """A job of two ranks: the simulation, and a deck of the installed model by the command line."""
    words = ["run", "film.toml", "-o", "ranks", "--set", "stop.time=2 us"]
    program = folder / "two.py"
    paths = f"import sys; sys.path[:0] = {[str(folder), str(installed), str(ROOT)]!r}"
    program.write_text(f"{paths}\n{KILLED}\nfrom phasefield.cli import main\nmain({words!r})\n")
    done = mpirun(2, [program, "two", "-1"], timeout=200, cwd=folder)
    assert done.returncode == 0, done.stdout
    return folder


def test_on_two_ranks(two_ranks, whole):
    """The same crystal as on one, to the tolerance of the linear solver."""
    one, two = open_run(whole), open_run(two_ranks / "two")
    assert two.manifest["ranks"] == 2
    assert two.history["Crystal [1]"][-1] == pytest.approx(one.history["Crystal [1]"][-1], rel=1e-5)


def test_installed_model_runs_from_a_deck_on_two_ranks(two_ranks):
    """Rank 0 reads the deck; each rank makes its own model of it."""
    run = open_run(two_ranks / "ranks")
    assert run.manifest["ranks"] == 2 and run.status["state"] == "done"


def test_installed_model_runs_from_a_deck(folder, installed):
    """By the name of its entry point and by its value; stopped, restarted by the command line, checked."""
    small = ["--set", "domain.size=['20 um','12 um']", "--set", "stop.time=4 us"]
    report = commands(
        folder,
        ["check", "film.toml"],
        ["run", "film.toml", "-o", "film", *small],
        ["restart", "film", "--until", "6 us"],
        ["run", "film.toml", "-o", "value", *small, "--set", "model=hot_front:HotFront"],
        path=installed,
    )
    assert report.startswith("A film that heats itself\n") and re.search(r"activation_energy +6e\+04 J/mol", report)
    run = open_run(folder / "film")
    assert run.status["state"] == "done" and run.status["time"] == pytest.approx(6e-6)
    assert run.resolved["deck"]["parameters"]["activation_energy"] == 60e3
    assert run.resolved["deck"]["model"] == "hot-front"
    rows = open_run(folder / "value").history.rows
    assert np.array_equal(open_run(folder / "value").history["Crystal [1]"], run.history["Crystal [1]"][:rows])


def test_simulated_run_of_an_installed_model_restarts_by_the_command_line(folder, installed, whole):
    """Its deck names the entry point, with the arguments that the model was made with."""
    assert python(folder, "killed.py", "by_name", 12, path=installed)[0] == -9
    works(folder, "-m", "phasefield", "restart", "by_name", path=installed)
    assert differences(whole, folder / "by_name") == []
