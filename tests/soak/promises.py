"""The promises, each a generator of attempts: what went wrong in one, or nothing."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from phasefield import runner
from phasefield.io.rundir import HISTORY, open_run
from tests.parallel.mpi import mpirun
from tests.reliability.restarts import ALWAYS, MODELS, cut, differences, free_after

STEPS = (1, 7, 10, 19)
SEED = 20

#: Some hundred steps of salt under a drive that changes twice: some seconds on two ranks.
LONG = (*MODELS["plating, liquid"][1], "time.max_step=0.02 s", "time.initial_step=0.02 s", "checkpoint.every=0.3 s")


def restarts_alone(folder: Path) -> Iterator[str]:
    """Every model on both engines."""
    for engine in ("compiled", "fipy"):
        for name, (text, overrides) in MODELS.items():
            deck = folder / "deck.toml"
            deck.write_text(text)
            whole = folder / f"{engine} {name}"
            runner.run(deck, whole, overrides=(*overrides, *ALWAYS, f"solver.engine={engine}"))
            for step in STEPS:
                part = cut(whole, step, folder / f"{engine} {name} {step}")
                runner.restart(part)
                yield "; ".join(differences(whole, part)[:3])


RUN = "import sys; from phasefield.runner import run; run(sys.argv[1], sys.argv[2], overrides=sys.argv[3:])"
RESTART = "import sys; from phasefield.runner import restart; [restart(run) for run in sys.argv[1:]]"


def restarts_together(folder: Path) -> Iterator[str]:
    """Every model on two ranks."""
    for name, (text, overrides) in MODELS.items():
        whole = folder / name
        (folder / "deck.toml").write_text(text)
        _require(mpirun(2, ["-c", RUN, folder / "deck.toml", whole, *overrides, *ALWAYS]))
        parts = [cut(whole, step, folder / f"{name} {step}") for step in STEPS]
        _require(mpirun(2, ["-c", RESTART, *parts]))
        for part in parts:
            yield "; ".join(differences(whole, part)[:3])


def other_ranks(folder: Path) -> Iterator[str]:
    """From 1 to 2, 2 to 1 and 2 to 3 ranks in the strict profile: last fields to 1e-10."""
    for name, (text, overrides) in MODELS.items():
        (folder / "deck.toml").write_text(text)
        for before, after in ((1, 2), (2, 1), (2, 3)):
            whole = folder / f"{name} {before}"
            if not whole.exists():
                strict = (*overrides, *ALWAYS, "solver.profile=strict")
                _require(mpirun(before, ["-c", RUN, folder / "deck.toml", whole, *strict]))
            part = cut(whole, 10, folder / f"{name} {before} {after}")
            _require(mpirun(after, ["-c", RESTART, part]))
            one, other = open_run(whole).snapshot(-1).fields, open_run(part).snapshot(-1).fields
            gaps = {f: np.max(np.abs(one[f] - other[f])) / (np.max(np.abs(one[f])) or 1.0) for f in one}
            yield "; ".join(f"{name}: {f} {gap:.1e}" for f, gap in gaps.items() if not gap <= 1e-10)


def interrupted(number: signal.Signals, times: int) -> Callable[[Path], Iterator[str]]:
    """A signal at random times, to the launcher or, if it is KILL, to all; then a restart."""

    def attempts(folder: Path) -> Iterator[str]:
        rng = random.Random(SEED)
        (folder / "deck.toml").write_text(MODELS["plating, liquid"][0])
        begun = time.monotonic()
        _require(mpirun(2, ["-c", RUN, folder / "deck.toml", folder / "whole", *LONG]))
        duration = time.monotonic() - begun
        for k in range(times):
            part = folder / f"part-{k}"
            code = _signalled(part, rng.random() * duration, number, LONG)
            if code == 0 or not list(part.glob("checkpoints/[0-9]*")):
                ended = "done" if code == 0 else "killed"  # too late, or before the first checkpoint
                found = open_run(part).status["state"]
                yield "" if found == ended else f"{found}, exit code {code}"
                continue
            state = "stopped" if number == signal.SIGUSR1 else "killed"
            if open_run(part).status["state"] != state or (number == signal.SIGUSR1 and code != 75):
                yield f"exit code {code}, {open_run(part).status}"
                continue
            _require(mpirun(2, ["-c", RESTART, part]))
            yield "; ".join(differences(folder / "whole", part)[:3])

    return attempts


def _signalled(part: Path, after: float, number: signal.Signals, overrides) -> int:
    deck = part.parent / "deck.toml"
    command = ["mpirun", "-n", "2", sys.executable, "-m", "phasefield", "run", deck, "-o", part]
    words = [word for override in overrides for word in ("--set", override)]
    job = subprocess.Popen(
        [*map(str, command), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env=dict(os.environ),  # not the C environment, which MPI has marked as inside a job
    )  # fmt: skip
    try:
        while not (part / HISTORY).exists():  # before, there is nothing to save yet
            if job.poll() is not None:
                return job.returncode
            time.sleep(0.01)
        time.sleep(min(after, 60.0))
        if job.poll() is None:
            _all(job.pid, signal.SIGKILL) if number == signal.SIGKILL else job.send_signal(number)
        return job.wait(timeout=120)
    finally:
        _all(job.pid, signal.SIGKILL)
        job.wait()
        free_after(part)


def _all(session: int, number: signal.Signals) -> None:
    """Signal every process of a session."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), number)
        except ProcessLookupError:
            continue


SRUN = """#!/bin/bash
# stands in for SLURM: starts the ranks, and sends USR1 before the end of the job's time
shift
[[ $1 == phasefield ]] && shift
mpirun -n "$SLURM_NTASKS" "$PYTHON" -m phasefield "$@" & job=$!
if [[ $1 == run ]]; then
    until [[ -d $RUN/checkpoints ]]; do sleep 0.05; done
    kill -USR1 $job
fi
wait $job
"""


def recipe(folder: Path) -> Iterator[str]:
    """The SLURM script that queues itself again, under a stand-in for SLURM."""
    script = Path(__file__).parents[2] / "mpi_runs" / "slurm_requeue.sbatch"
    text, _ = MODELS["plating, liquid"]
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/activate").write_text(f'export PATH="{folder}/bin:$PATH"\n')
    (folder / "bin").mkdir()
    for name, content in (("srun", SRUN), ("scontrol", "#!/bin/bash\necho $* >> requeued\n")):
        (folder / "bin" / name).write_text(content)
        (folder / "bin" / name).chmod(0o755)
    from phasefield.deck import deck_text

    (folder / "plain.toml").write_text(text)
    (folder / "deck.toml").write_text(deck_text(folder / "plain.toml", LONG))
    _require(mpirun(2, ["-c", RUN, folder / "deck.toml", folder / "whole"]))
    environment = os.environ | {
        "SLURM_SUBMIT_DIR": str(folder), "SLURM_JOB_ID": "7", "SLURM_NTASKS": "2", "PYTHON": sys.executable,
        "RUN": "runs/deck-7",
    }  # fmt: skip
    for expected in ("requeue 7\n", "requeue 7\n"):  # stopped and queued again; then done, and not queued again
        job = subprocess.run(["bash", str(script), "deck.toml"], env=environment, timeout=300, check=False)
        found = (folder / "requeued").read_text() if (folder / "requeued").exists() else ""
        yield "" if (job.returncode, found) == (0, expected) else f"exit code {job.returncode}, {found!r}"
    yield "; ".join(differences(folder / "whole", folder / "runs/deck-7")[:3])


def memory(folder: Path) -> Iterator[str]:
    """Ten thousand steps with a checkpoint every second: less than 1 kB a step in the last three quarters."""
    text, overrides = MODELS["plating"]
    (folder / "deck.toml").write_text(text)
    sizes, observed = [], runner.StopConditions.__call__

    def watched(self, progress):
        if progress.step % 100 == 0:
            sizes.append((progress.step, _resident()))
        return observed(self, progress)

    runner.StopConditions.__call__ = watched
    try:
        every = ("time.max_step=8e-4 s", "time.initial_step=8e-4 s", "checkpoint.every=1 s")
        run = runner.run(folder / "deck.toml", folder / "run", overrides=(*overrides, *every))
    finally:
        runner.StopConditions.__call__ = observed
    steps, size = np.array(sizes[len(sizes) // 4 :], float).T
    slope = np.polyfit(steps, size, 1)[0]
    print(f"{run.history.rows - 1} steps, {slope:.0f} B a step")
    yield "" if slope < 1000 and run.history.rows > 10_000 else f"{slope:.0f} B a step"


def _resident() -> int:
    """Resident memory now [byte]."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return 1024 * int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _require(result: subprocess.CompletedProcess) -> None:
    if result.returncode != 0:
        raise RuntimeError(result.stdout)


#: What is tried, in this order.
ALL: dict[str, Callable[[Path], Iterator[str]]] = {
    "a restart at step 1, 7, 10, 19 of every model on both engines: the same bits": restarts_alone,
    "the same on 2 ranks": restarts_together,
    "1 to 2, 2 to 1, 2 to 3 ranks: 1e-10": other_ranks,
    "USR1 at a random time on 2 ranks, then a restart: the same bits": interrupted(signal.SIGUSR1, 20),
    "KILL at a random time on 2 ranks, then a restart: the same bits": interrupted(signal.SIGKILL, 20),
    "the SLURM script stops, queues itself again, goes on, ends": recipe,
    "10,000 steps: memory flat": memory,
}
