"""Endings: jobs signalled or killed at random times, ranks that fail in any phase, queues that take jobs back."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from phasefield.deck import deck_text
from phasefield.io.rundir import open_run
from tests.reliability.restarts import MODELS, differences, free_after
from tests.soak.jobs import LONG, PATIENCE, RESTART, RUN, SEED, job, require, signalled

SCRIPTS = Path(__file__).parents[2] / "mpi_runs"
#: Within which a job has ended, whatever happened to a rank of it [s].
LONGEST = 30.0


def interrupted(number: signal.Signals, times: int) -> Callable[[Path], Iterator[str]]:
    """A signal at random times, to the launcher or, if it is KILL, to all; then a restart."""

    def attempts(folder: Path) -> Iterator[str]:
        rng = random.Random(SEED)
        (folder / "deck.toml").write_text(MODELS["plating, liquid"][0])
        begun = time.monotonic()
        require(job(2, ["-c", RUN, folder / "deck.toml", folder / "whole", *LONG]))
        duration = time.monotonic() - begun
        for k in range(times):
            part = folder / f"part-{k}"
            code = signalled(part, rng.random() * duration, number, LONG)
            yield _went_on(folder / "whole", part, code, number)

    return attempts


def _went_on(whole: Path, part: Path, code: int, number: signal.Signals) -> str:
    """What is wrong with the directory and the exit code of a job that got a signal, or with its restart."""
    state = open_run(part).status["state"]
    if state == "done":  # the signal came too late: it must have changed nothing, unless it kills
        code = 0 if number == signal.SIGKILL else code
        return f"done, but exit code {code}" if code else "; ".join(differences(whole, part)[:3])
    expected = ("stopped", 75) if number == signal.SIGUSR1 else ("killed", code)
    if (state, code) != expected:
        return f"exit code {code}, {open_run(part).status}"
    if list(part.glob("checkpoints/[0-9]*")):
        require(job(2, ["-c", RESTART, part]))
        return "; ".join(differences(whole, part)[:3])
    return ""  # killed before its first checkpoint


SABOTAGE = """
import atexit, os, signal, sys, time
from phasefield import cli, parallel
def act():
    if parallel.rank() == 1:
        open("begun", "w").close()
        {act}
{where}
cli.main(["run", "deck.toml", "-o", "run", "--set", "checkpoint.watchdog=15 s", *{sets!r}])
"""
#: What may happen on one rank of two.
ACTS = {
    "exception": "raise RuntimeError('the cell melted')",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSTOP": "os.kill(os.getpid(), signal.SIGSTOP)",
}
_WRAP = """
from {module} import {owner}
original, calls = {owner}.{name}, []
def wrapped(*arguments, **options):
    calls.append(1)
    if len(calls) == {call}:
        act()
    return original(*arguments, **options)
{owner}.{name} = wrapped
"""


def _at(module: str, owner: str, name: str, call: int) -> str:
    return _WRAP.format(module=module, owner=owner, name=name, call=call)


#: When: the deck is turned into a case, the engine is made, the third step is solved, observed, saved; at the end.
PHASES = {
    "building": "from phasefield.run import beginning\nbuild = beginning.build\n"
    "beginning.build = lambda deck: (act(), build(deck))[1]",
    "first step": _at("phasefield.engines.compiled.split", "SplitEngine", "step", 1),
    "solving": _at("phasefield.engines.compiled.split.kernels", "Kernels", "solve", 6),
    "observing": _at("phasefield.run.observers", "History", "__call__", 4),
    "saving": _at("phasefield.run", "session", "write_checkpoint", 4),
    "exit": "atexit.register(act)",
}
#: When all is done: a stopped process is the launcher's business, and an exception is printed and no more.
UNWATCHED = {("exit", "SIGSTOP"), ("exit", "exception")}


def sabotaged(folder: Path) -> Iterator[str]:
    """Exception, SIGKILL, SIGSTOP of one rank in every phase: over in 30 s, and a restart gives the same run."""
    text, overrides = MODELS["plating"]
    sets = [word for change in (*overrides, "checkpoint.every=1e-15 s") for word in ("--set", change)]
    (folder / "deck.toml").write_text(text)
    require(job(2, ["-c", RUN, folder / "deck.toml", folder / "whole", *overrides]))
    for phase, where in PHASES.items():
        for act, what in ACTS.items():
            if (phase, act) not in UNWATCHED:
                there = folder / f"{phase} {act}"
                there.mkdir()
                (there / "deck.toml").write_text(text)
                (there / "job.py").write_text(SABOTAGE.format(act=what, where=where, sets=sets))
                problem = _ended(there, folder / "whole")
                yield f"{phase}, {act}: {problem}" if problem else ""


def _ended(there: Path, whole: Path) -> str:
    code = job(2, there / "job.py", cwd=there).returncode
    seconds = time.time() - (there / "begun").stat().st_mtime + free_after(there / "run")
    if code == 0 or seconds > LONGEST:
        return f"exit code {code} after {seconds:.0f} s"
    if not list(there.glob("run/checkpoints/[0-9]*")):
        return ""
    require(job(2, ["-m", "phasefield", "restart", there / "run"]))
    return "; ".join(differences(whole, there / "run")[:3])


SRUN = """#!/bin/bash
# stands in for SLURM's srun: starts the ranks; USR1 goes to them, not to the script
shift
[[ $1 == phasefield ]] && shift
mpirun -n "$SLURM_NTASKS" "$PYTHON" -m phasefield "$@" & job=$!
if [[ $1 == run ]]; then
    until compgen -G "$RUN/checkpoints/[0-9]*" > /dev/null; do sleep 0.05; done
    pkill -USR1 -P $job
fi
wait $job
"""
MPIRUN = """#!/bin/bash
# stands in for an mpirun that reads SLURM's allocation; USR1 goes to the script that started it, as with B:USR1@300
words=("$@")
[[ ${words[2]} == phasefield ]] && words[2]="$PYTHON -m phasefield"
if [[ ${words[3]} == run ]]; then
    (until compgen -G "$RUN/checkpoints/[0-9]*" > /dev/null; do sleep 0.05; done; kill -USR1 $PPID) &
fi
exec "$REAL_MPIRUN" ${words[@]}
"""


def as_edited_for_mpirun(text: str) -> str:
    """The SLURM script as its comments say: mpirun in the place of srun, and the signal to the script."""
    head, _, tail = text.partition('srun --mpi=pmix "${command[@]}"\ncode=$?\n')
    lines = re.sub(r"(?m)^# (?=mpirun -n|trap |until )", "", tail)
    return head.replace("--signal=USR1@300 ", "--signal=B:USR1@300 ") + lines


def recipe(launcher: str) -> Callable[[Path], Iterator[str]]:
    """The SLURM script that queues itself again, under a stand-in for SLURM, with srun or with mpirun."""

    def attempts(folder: Path) -> Iterator[str]:
        script = (SCRIPTS / "slurm_requeue.sbatch").read_text()
        script = as_edited_for_mpirun(script) if launcher == "mpirun" else script
        yield "" if f"--signal={'B:' * (launcher == 'mpirun')}USR1@300 " in script else "asks SLURM for another signal"
        (folder / "job.sbatch").write_text(script)
        (folder / ".venv/bin").mkdir(parents=True)
        (folder / ".venv/bin/activate").write_text(f'export PATH="{folder}/bin:$PATH"\n')
        (folder / "bin").mkdir()
        stand_ins = {"srun": SRUN} if launcher == "srun" else {"mpirun": MPIRUN}
        for name, content in (stand_ins | {"scontrol": "#!/bin/bash\necho $* >> requeued\n"}).items():
            (folder / "bin" / name).write_text(content)
            (folder / "bin" / name).chmod(0o755)
        (folder / "plain.toml").write_text(MODELS["plating, liquid"][0])
        (folder / "deck.toml").write_text(deck_text(folder / "plain.toml", LONG))
        require(job(2, ["-c", RUN, folder / "deck.toml", folder / "whole"]))
        real = subprocess.run(["which", "mpirun"], capture_output=True, text=True, check=True).stdout.strip()
        environment = os.environ | {
            "SLURM_SUBMIT_DIR": str(folder), "SLURM_JOB_ID": "7", "SLURM_NTASKS": "2", "PYTHON": sys.executable,
            "RUN": "runs/deck-7", "REAL_MPIRUN": real,
        }  # fmt: skip
        for expected in ("requeue 7\n", "requeue 7\n"):  # stopped and queued again; then done, and not queued again
            command = ["bash", "job.sbatch", "deck.toml"]
            done = subprocess.run(command, cwd=folder, env=environment, timeout=PATIENCE, check=False)
            found = (folder / "requeued").read_text() if (folder / "requeued").exists() else ""
            yield "" if (done.returncode, found) == (0, expected) else f"exit code {done.returncode}, {found!r}"
        yield "; ".join(differences(folder / "whole", folder / "runs/deck-7")[:3])

    return attempts
