"""Runs of `tests.benchmarks.measure`, each in its own processes, in turn so that a busy machine is unfair to none."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
if os.geteuid() == 0:
    ENVIRONMENT |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
#: Longest that one job may take [s].
TIMEOUT = 3600


@dataclass(frozen=True)
class Job:
    """One program on one problem.

    Attributes
    ----------
    program : str
    cells : tuple of int
    transport : str
    steps : int
        Timed ones.
    ranks : int
    options : tuple of str
        More arguments of `tests.benchmarks.measure`.
    cold : bool
        Whether compilers start from empty caches.
    launcher : tuple of str
        In place of ``mpirun -n``, the number of ranks to follow.
    """

    program: str
    cells: tuple[int, ...]
    transport: str = "single-ion"
    steps: int = 5
    ranks: int = 1
    options: tuple[str, ...] = ()
    cold: bool = False
    launcher: tuple[str, ...] = ("mpirun", "-n")

    @property
    def command(self) -> list[str]:
        """What is run."""
        launch = [*self.launcher, str(self.ranks)] if self.ranks > 1 else []
        return [
            *launch, sys.executable, "-m", "tests.benchmarks.measure", self.program,
            "--cells", ",".join(map(str, self.cells)), "--transport", self.transport,
            "--steps", str(self.steps), *self.options,
        ]  # fmt: skip

    def run(self) -> dict:
        """Run it and return what it measured; where it failed, that it did and why (``"error"``)."""
        environment = os.environ | ENVIRONMENT
        with tempfile.TemporaryDirectory() as folder:
            if self.cold:
                environment |= {"PHASEFIELD_CACHE": folder, "NUMBA_CACHE_DIR": str(Path(folder) / "numba")}
            try:
                done = subprocess.run(self.command, capture_output=True, text=True, env=environment, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                return {"error": f"took longer than {TIMEOUT} s"}
        lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
        if done.returncode or not lines:
            return {"error": (done.stderr or done.stdout).strip()[-2000:]}
        return json.loads(lines[0].removeprefix("JSON "))


@dataclass
class Results:
    """What jobs measured, by job, in the order they ran."""

    found: dict[Job, list[dict]] = field(default_factory=dict)

    def run(self, jobs: Iterable[Job], repeats: int = 1) -> None:
        """Run all jobs once, then all again, and so on."""
        jobs = list(jobs)
        for _ in range(repeats):
            for job in jobs:
                started = time.perf_counter()
                result = job.run()
                self.found.setdefault(job, []).append(result)
                outcome = f"failed: {result['error'].splitlines()[-1]}" if "error" in result else "done"
                what = f"{job.program}, {'×'.join(map(str, job.cells))} {job.transport}, {job.ranks} rank(s)"
                print(f"{what}: {outcome} in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)

    def of(self, job: Job) -> list[dict]:
        """Successful measurements of a job."""
        return [r for r in self.found.get(job, []) if "error" not in r]


@dataclass(frozen=True)
class Figure:
    """A median with the range it came from."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure | None:
        """None where nothing was measured."""
        return cls(tuple(values)) if values else None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.3g}" if f"{low:.2g}" == f"{high:.2g}" else f"{self.median:.3g} ({low:.3g} to {high:.3g})"


def step_time(results: list[dict], clock: str = "cpu") -> Figure | None:
    """Seconds of a whole step; each run gives the mean over its timed steps."""
    return Figure.of([statistics.fmean(s[clock] for s in r["steps"]) for r in results])


def per_cell(results: list[dict], count: str | None = None) -> Figure | None:
    """CPU microseconds per cell of a step, or of each of its ``count``: ``"newton"``, its iterations or sweeps."""
    return Figure.of([
        1e6 * sum(s["cpu"] for s in r["steps"]) / sum(s[count] if count else 1 for s in r["steps"]) / prod(r["cells"])
        for r in results
    ])  # fmt: skip


def assembly(results: list[dict]) -> Figure | None:
    """CPU microseconds per cell and equation to write matrix and right-hand side."""
    return Figure.of([
        1e6 * statistics.median(r["assembly"]) / prod(r["cells"]) / r["fields"] for r in results if r["assembly"]
    ])  # fmt: skip


def memory_per_cell(results: list[dict]) -> Figure | None:
    """Peak resident bytes above start-up, over the cells of the whole grid."""
    return Figure.of([sum(m["peak"] - m["start"] for m in r["memory"]) / prod(r["cells"]) for r in results])


def memory_per_rank(results: list[dict]) -> Figure | None:
    """Peak resident bytes above start-up of the rank that has most."""
    return Figure.of([max(m["peak"] - m["start"] for m in r["memory"]) for r in results])


def start_up(results: list[dict]) -> Figure | None:
    """CPU seconds from the start of the process to the end of the first step of a small problem."""
    return Figure.of([r["start-up"]["cpu"] for r in results])


def disagreement(one: dict, other: dict) -> dict[str, float]:
    """Largest difference of two runs' sampled fields, by name."""
    return {
        name: max(abs(a - b) for a, b in zip(values, other["sample"][name], strict=True))
        for name, values in one["sample"].items()
    }
