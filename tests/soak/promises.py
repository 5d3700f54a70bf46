"""The promises, each a generator of attempts: what went wrong in one, or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phasefield.study import load_study
from phasefield.study.actions import plot, run
from phasefield.study.folder import Folder
from phasefield.study.job import LAUNCHER
from tests.reliability import browser as pages
from tests.reliability import commits, study_jobs
from tests.reliability.refused import refusals
from tests.reliability.restarts import MODELS
from tests.soak.edges import edges
from tests.soak.ending import interrupted, recipe, sabotaged
from tests.soak.fuzz import fuzzed
from tests.soak.jobs import RUN, job, require
from tests.soak.restarting import other_ranks, redone, restarts_alone, restarts_together
from tests.soak.sizes import memory, overhead, predicted


def failed_commits(folder: Path) -> Iterator[str]:
    """Killed, or without space once or for good, before each system call."""
    for how in commits.WAYS:
        (folder / how).mkdir()
        yield from commits.failures(how, folder / how)


def damage(folder: Path) -> Iterator[str]:
    """Of a small checkpoint."""
    commits.write(folder, 10)
    yield from commits.damages(folder / "00000010")


def mutated(folder: Path) -> Iterator[str]:
    """Of a finished run and its newest checkpoint, each byte alone; in children, which a damaged file might end."""
    text, overrides = MODELS["plating"]
    (folder / "deck.toml").write_text(text)
    require(job(1, ["-c", RUN, folder / "deck.toml", folder / "run", *overrides]))
    for seed in range(20):
        child = [sys.executable, "-m", "tests.reliability.mutations", folder / "run", "5000", str(seed)]
        done = subprocess.run(child, capture_output=True, text=True, timeout=3600)
        yield from json.loads(done.stdout) if done.returncode == 0 else [f"seed {seed}: {done.stderr[-1000:]}"]


def study(folder: Path) -> Iterator[str]:
    """Of forty members."""
    try:
        study_jobs.forty(folder)
    except AssertionError as error:
        yield str(error) or "not as promised"
    else:
        yield ""


def browser(folder: Path) -> Iterator[str]:
    """The page of a study with real members, on wide and narrow windows."""
    if pages.BROWSER is None:
        pytest.skip("not tried: needs Debian's package chromium")
    deck = study_jobs.write_study(folder, 4, failing=1)
    found, there = load_study(deck), Folder(folder / "study")
    run(found, there, 2, LAUNCHER, retry=False)
    plot(found, there)
    for width in (1600, 1280, 500):
        problems = pages.problems(pages.answers(there.path / "report.html", width))
        yield f"{width} pixels: {problems}" if problems else ""


#: What is tried, in this order: what takes longest last.
ALL: dict[str, Callable[[Path], Iterator[str]]] = {
    "kill or ENOSPC before each system call of a commit: never a wrong or lost state": failed_commits,
    "200 random flipped bits, 50 truncations, each file deleted: never a silent wrong start": damage,
    "100,000 mutated bytes of a run and a checkpoint: the same numbers, or one line": mutated,
    "decks at the edge of what is allowed: refused clearly, right, or failed clearly with data intact": edges,
    "what will not fit is refused in a second and 200 MB": refusals,
    "the SLURM script with srun stops, queues itself again, goes on, ends": recipe("srun"),
    "the SLURM script with mpirun stops, queues itself again, goes on, ends": recipe("mpirun"),
    "study of 40: 3 fail, 2 killed, two runners at once, one resumed: 37 results once, 3 reported": study,
    "the page of a study in a browser: whole, every point leads somewhere": browser,
    "redo every third step, every model, both engines: the same bits": redone,
    "restart at steps 1, 7, 10, 19, every model, both engines, 1 rank: the same bits": restarts_alone,
    "restart at steps 1, 7, 10, 19, every model, 2 ranks: the same bits": restarts_together,
    "restart of every model from 1 to 2, 2 to 1, 2 to 3 ranks: 1e-10": other_ranks,
    "USR1 at 20 random times on 2 ranks, then a restart: the same bits": interrupted(signal.SIGUSR1, 20),
    "KILL at 20 random times on 2 ranks, then a restart: the same bits": interrupted(signal.SIGKILL, 20),
    "exception, SIGKILL, SIGSTOP of one rank in any phase: ends in 30 s, goes on to the same bits": sabotaged,
    "memory and disk of 8 decks on both engines: predicted within 25 %": predicted,
    "a checkpoint every 5 minutes of a 128³ run: under 2 %": overhead,
    "10,000 steps, compiled engine: memory flat": memory("compiled", 10_000),
    "2,000 steps, FiPy's engine: memory flat": memory("fipy", 2_000),
    "deck fuzzing: no traceback, no hang, under 200 MB": fuzzed,
}
