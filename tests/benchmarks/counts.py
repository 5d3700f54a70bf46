"""What one job of `tests.benchmarks.scaling` did: iterations, messages, bytes, memory."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from tests.benchmarks.jobs import Job, memory_per_rank, step_time


@dataclass(frozen=True)
class Counts:
    """What one job did per step; messages and bytes are means over the ranks.

    Attributes
    ----------
    cells : tuple of int
    ranks, fields : int
    wall, cpu : float [s]
        Of a step; cpu is rank 0's.
    newton, linear : float
        Iterations of a step.
    setup_share : float [1]
        Of the time in the solver that went into preconditioners, first steps included.
    messages, bytes, reductions : float
        Per step, without hypre's own: PETSc does not see them.
    gathers, gathered : float
        Per step: how often a rank's multigrids gather a coarse grid from all ranks, and its bytes, of all gathers.
    memory : float [bytes]
        Above start-up, of the rank that has most.
    """

    cells: tuple[int, ...]
    ranks: int
    fields: int
    wall: float
    cpu: float
    newton: float
    linear: float
    setup_share: float
    messages: float
    bytes: float
    reductions: float
    gathers: float
    gathered: float
    memory: float

    @classmethod
    def of(cls, job: Job, results: list[dict]) -> Counts | None:
        """None where the job failed."""
        wall, cpu, memory = step_time(results, "wall"), step_time(results), memory_per_rank(results)
        if wall is None or cpu is None or memory is None:
            return None
        steps = results[0]["steps"]
        everything = results[0]["first steps"] + steps
        sent = results[0]["traffic"]
        return cls(
            job.cells, job.ranks, results[0]["fields"], wall.median, cpu.median,
            fmean(s["newton"] for s in steps), fmean(s["linear"] for s in steps),
            sum(s["setup"] for s in everything) / sum(s["solve"] for s in everything),
            sent["messages"] / len(steps) / job.ranks, sent["bytes"] / len(steps) / job.ranks,
            *(sent[name] / len(steps) for name in ("reductions", "gathers", "gathered")), memory.median,
        )  # fmt: skip


#: Steps of the two runs whose difference is counted.
MONITORED_STEPS = 2, 5


def monitored(job: Job) -> dict[str, float] | None:
    """Messages and bytes per Krylov iteration and rank, hypre's and those of multigrid's halos included.

    Open MPI's monitoring counts all but persistent requests, which are the halos', and tells collectives' messages
    apart, which are left out: how many they are depends on the number of ranks in a way of its own. The difference of
    two runs of different lengths, so that start-up cancels. None where it is not Open MPI.
    """
    totals = []
    for steps in MONITORED_STEPS:
        with tempfile.TemporaryDirectory(dir=".") as folder:  # which all nodes of a cluster share
            options = {"enable": "2", "enable_output": "3", "filename": f"{Path(folder).resolve()}/sent"}
            settings = [f"OMPI_MCA_pml_monitoring_{key}={value}" for key, value in options.items()]
            result = replace(job, steps=steps, launcher=("env", *settings, *job.launcher)).run()
            files = [p.read_text() for p in Path(folder).glob("sent*.prof")]
        rows = [row for text in files for row in re.findall(r"^E\s+\d+\s+\d+\s+(\d+) bytes\s+(\d+) msgs", text, re.M)]
        if "error" in result or not rows:
            return None
        iterations = sum(s["linear"] for s in result["first steps"] + result["steps"])
        seen, halos = np.array(rows, dtype=float).sum(axis=0), result["halos"][::-1]  # bytes, messages
        totals.append(np.array([*(seen + halos), iterations]))
    size, messages, iterations = totals[1] - totals[0]
    return {"messages": messages / iterations / job.ranks, "bytes": size / iterations / job.ranks}
