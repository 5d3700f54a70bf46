"""docs/your_model.md: every block of the page runs, and what it says of them is true."""

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
GO_ON = """
import sys
import phasefield
from hot_front import HotFront
phasefield.restart(sys.argv[1], model=HotFront(heating=float(sys.argv[2])))
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


def test_the_page_from_top_to_bottom(folder):
    """Times, fractions and the speed of the front are what the page says; heat is kept to 1e-9; pictures are drawn."""
    works(folder, "run.py")
    hot, cold = open_run(folder / "runs" / "hot_front").history, open_run(folder / "runs" / "cold_front").history
    through = hot["Time [s]"][np.argmax(hot["Crystal [1]"] > 0.99)]
    assert through == pytest.approx(68e-6, abs=1.5e-6)
    assert cold["Crystal [1]"][-1] == pytest.approx(0.2, abs=0.02)
    assert np.abs(hot["Heat closure [1]"]).max() < 1e-9
    names = {path.name for path in (folder / "runs" / "pictures").iterdir()}
    assert names == {"hot_front_vs_cold.png", "hot_front_vs_cold_history.png"}

    works(folder, "go_on.py")
    assert open_run(folder / "runs" / "hot_front").status["time"] == pytest.approx(90e-6)
    assert re.fullmatch(r"melts at 4\d\.\d µs\n", works(folder, "watch.py"))
    table = works(folder, "-m", "phasefield", "compare", "runs/hot_front", "runs/cold_front")
    assert "Highest temperature [K]" in table and "heat against that at the start" in table


def test_speed_of_the_front(folder):
    """Nagumo's equation: u_t = u'' + 2u(1 − u)(u − a) has a wave of speed 1 − 2a; here a = 1/2 − 3m, so 6m."""
    speed = float(works(folder, "check.py").split()[1])
    assert speed == pytest.approx(6 * 0.05, rel=0.015)


def test_killed_and_restarted_is_the_run_never_killed(folder):
    """Bit for bit, history and snapshots; a model with other arguments is refused, and the command line says why."""
    (folder / "killed.py").write_text(KILLED)
    (folder / "more.py").write_text(GO_ON)
    works(folder, "killed.py", "whole", -1)
    assert python(folder, "killed.py", "cut", 17)[0] == -9
    assert open_run(folder / "cut").status["state"] == "killed"
    code, _, error = python(folder, "-m", "phasefield", "restart", "cut")
    assert code == 2 and "phasefield.restart" in error and "Traceback" not in error
    code, _, error = python(folder, "more.py", "cut", 100.0)
    assert code == 1 and "parameters.heating" in error
    works(folder, "more.py", "cut", 120.0)
    assert open_run(folder / "cut").history.rows > 30
    assert differences(folder / "whole", folder / "cut") == []


def test_on_two_ranks(folder):
    """The same crystal as on one, to the tolerance of the linear solver."""
    (folder / "killed.py").write_text(KILLED)
    works(folder, "killed.py", "one", -1)
    program = folder / "two.py"
    program.write_text(f"import sys; sys.path.insert(0, {str(folder)!r})\n{KILLED}")
    done = mpirun(2, [program, "two", "-1"], timeout=200, cwd=folder)
    assert done.returncode == 0, done.stdout
    one, two = open_run(folder / "one").history, open_run(folder / "two").history
    assert two["Crystal [1]"][-1] == pytest.approx(one["Crystal [1]"][-1], rel=1e-5)


def test_installed_model_runs_from_a_deck_on_two_ranks(folder, installed, monkeypatch):
    """Rank 0 reads the deck; each rank makes its own model of it."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(installed), str(ROOT)]))
    words = ["-m", "phasefield", "run", "film.toml", "-o", "ranks", "--set", "stop.time=2 us"]
    done = mpirun(2, words, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stdout
    assert open_run(folder / "ranks").manifest["ranks"] == 2


def test_installed_model_runs_from_a_deck(folder, installed):
    """By the name of its entry point and by its value; stopped, restarted by the command line, checked."""
    report = works(folder, "-m", "phasefield", "check", "film.toml", path=installed)
    assert report.startswith("A film that heats itself\n") and re.search(r"activation_energy +6e\+04 J/mol", report)
    small = ["--set", "domain.size=['20 um','12 um']", "--set", "stop.time=4 us"]
    works(folder, "-m", "phasefield", "run", "film.toml", "-o", "film", *small, path=installed)
    works(folder, "-m", "phasefield", "restart", "film", "--until", "6 us", path=installed)
    run = open_run(folder / "film")
    assert run.status["state"] == "done" and run.status["time"] == pytest.approx(6e-6)
    assert run.resolved["deck"]["parameters"]["activation_energy"] == 60e3
    assert run.resolved["deck"]["model"] == "hot-front"

    value = ["--set", "model=hot_front:HotFront"]
    works(folder, "-m", "phasefield", "run", "film.toml", "-o", "value", *small, *value, path=installed)
    rows = open_run(folder / "value").history.rows
    assert np.array_equal(open_run(folder / "value").history["Crystal [1]"], run.history["Crystal [1]"][:rows])


def test_simulated_run_of_an_installed_model_restarts_by_the_command_line(folder, installed):
    """Its deck names the entry point, with the arguments that the model was made with."""
    (folder / "killed.py").write_text(KILLED)
    assert python(folder, "killed.py", "by_name", 12, path=installed)[0] == -9
    works(folder, "-m", "phasefield", "restart", "by_name", path=installed)
    works(folder, "killed.py", "by_name_whole", -1, path=installed)
    assert differences(folder / "by_name_whole", folder / "by_name") == []
