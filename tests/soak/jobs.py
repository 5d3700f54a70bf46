"""Jobs on several ranks for the promises: started, signalled, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from phasefield.io.rundir import HISTORY
from tests.parallel.mpi import mpirun
from tests.reliability.restarts import MODELS, free_after

SEED = 20
#: Longest that a job takes [s].
PATIENCE = 1200.0

#: Some hundred steps of salt under a drive that changes twice: some seconds on two ranks.
LONG = (*MODELS["plating, liquid"][1], "time.max_step=0.02 s", "time.initial_step=0.02 s", "checkpoint.every=0.3 s")

RUN = "import sys; from phasefield.run.runner import run; run(sys.argv[1], sys.argv[2], overrides=sys.argv[3:])"
RESTART = "import sys; from phasefield.run.runner import restart; [restart(run) for run in sys.argv[1:]]"


def job(ranks: int, program, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """As `mpirun`, with all the time that a busy machine may take."""
    return mpirun(ranks, program, timeout=PATIENCE, cwd=cwd)


def require(result: subprocess.CompletedProcess) -> None:
    """Stop here unless a job ended well."""
    if result.returncode != 0:
        raise RuntimeError(result.stdout)


def signalled(part: Path, after: float, number: signal.Signals, overrides) -> int:
    """Run the deck beside a directory on 2 ranks; a signal some seconds after its first row. The exit code."""
    deck = part.parent / "deck.toml"
    command = ["mpirun", "-n", "2", sys.executable, "-m", "phasefield", "run", deck, "-o", part]
    words = [word for override in overrides for word in ("--set", override)]
    process = subprocess.Popen(
        [*map(str, command), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env=dict(os.environ),  # not the C environment, which MPI has marked as inside a job
    )  # fmt: skip
    try:
        while not (part / HISTORY).exists():  # before, there is nothing to save yet
            if process.poll() is not None:
                return process.returncode
            time.sleep(0.01)
        time.sleep(min(after, 60.0))
        if process.poll() is None:
            signal_all(process.pid, signal.SIGKILL) if number == signal.SIGKILL else process.send_signal(number)
        return process.wait(timeout=PATIENCE)
    finally:
        signal_all(process.pid, signal.SIGKILL)
        process.wait()
        free_after(part)


def signal_all(session: int, number: signal.Signals) -> None:
    """Signal every process of a session."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), number)
        except ProcessLookupError:
            continue
