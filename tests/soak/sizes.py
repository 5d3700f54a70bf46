"""Sizes and times: memory over ten thousand steps, the cost of a checkpoint on 128³ cells, predictions."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

from phasefield.run import runner
from phasefield.run import session as simulation
from tests.reliability.restarts import MODELS

#: Growth of memory that counts as none [byte per step].
FLAT = 1000
#: Simulated time of the deck [s].
DURATION = 9.0
#: Wall time between checkpoints [s], and the part of it that they may take.
EVERY, SHARE = 300.0, 0.02


def memory(engine: str, number: int) -> Callable[[Path], Iterator[str]]:
    """So many steps, a checkpoint every second: memory is flat in the last three quarters."""

    def attempts(folder: Path) -> Iterator[str]:
        text, overrides = MODELS["plating"]
        (folder / "deck.toml").write_text(text)
        sizes: list[tuple[int, int]] = []
        observed = simulation.StopConditions.__call__

        def watched(self, progress):
            if progress.step % (number // 100) == 0:
                sizes.append((progress.step, _resident()))
            return observed(self, progress)

        dt = DURATION / number / 1.01
        steps = (f"time.max_step={dt} s", f"time.initial_step={dt} s")
        every = (*steps, "checkpoint.every=1 s", f"solver.engine={engine}")
        with mock.patch.object(simulation.StopConditions, "__call__", watched):
            run = runner.run(folder / "deck.toml", folder / "run", overrides=(*overrides, *every))
        slope = growth(sizes[len(sizes) // 4 :])
        print(f"{engine}: {run.history.rows - 1} steps, {slope:.0f} B a step")
        yield "" if slope < FLAT and run.history.rows > number else f"{run.history.rows} rows, {slope:.0f} B a step"

    return attempts


def growth(sizes: list[tuple[int, int]]) -> float:
    """Growth per step: the median of that in ten parts of a run, for a leak grows in each, and an allocator in one."""
    parts = np.array(sizes, float)[np.linspace(0, len(sizes) - 1, 11).round().astype(int)]
    steps, size = np.diff(parts, axis=0).T
    return float(np.median(size / steps))


def _resident() -> int:
    """Resident memory now [byte]."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    if not found:
        raise RuntimeError("/proc/self/status does not tell the resident memory")
    return 1024 * int(found[1])


#: Times each checkpoint of a run, and stops after some; prints the seconds of each.
TIMED = """
import sys, time
from phasefield.run import runner
from phasefield.run import session as simulation
write, times = simulation.write_checkpoint, []
def timed(*arguments):
    begun = time.monotonic()
    write(*arguments)
    times.append(time.monotonic() - begun)
simulation.write_checkpoint = timed
simulation.StopConditions.__call__ = lambda self, progress: "enough" * (progress.step >= 2)
runner.run(sys.argv[1], sys.argv[2], overrides=sys.argv[3:])
print("TIMES", *times)
"""
INPUTS = Path(__file__).parents[2] / "inputs"
BIG = ("domain.cells=[128, 128, 128]", "domain.size=['32 um', '32 um', '32 um']", "checkpoint.every=1e-15 s",
       "output.every=1 min", "solver.engine=compiled")  # fmt: skip


def overhead(folder: Path) -> Iterator[str]:
    """A checkpoint every five minutes of a run on 128³ cells takes less than 2 % of the wall time."""
    arguments = [str(INPUTS / "plating_coated_3d.toml"), str(folder / "run"), *BIG]
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", TIMED, *arguments], capture_output=True, text=True, timeout=3000)
    if done.returncode != 0:
        yield done.stderr[-500:]
        return
    times = [float(word) for word in done.stdout.rpartition("TIMES")[2].split()]
    size = sum(f.stat().st_size for f in max((folder / "run" / "checkpoints").iterdir()).iterdir())
    share = max(times) / EVERY
    print(f"{len(times)} checkpoints of {size / 1e6:.0f} MB, {max(times):.2f} s at most: {share:.2%} of five minutes; "
          f"all in all {time.monotonic() - begun:.0f} s")  # fmt: skip
    yield "" if len(times) >= 2 and share < SHARE else f"{times} s"


def predicted(folder: Path) -> Iterator[str]:
    """Memory and disk of 8 configurations on both engines: predicted within 25 %."""
    from tools.resources import CONFIGURATIONS, ENGINES, held, line, measure

    for engine in ENGINES:
        for configuration in CONFIGURATIONS:
            found = measure(configuration, engine, seconds=5.0)
            told = line(configuration.deck, engine, found)
            print(told)
            yield "" if held(found) else told
