"""``python -m tests.benchmarks.scaling PROGRAM``: weak and strong scaling, and the counts that govern scale.

Times mean something where every rank has a core of its own. Counts (iterations, messages, bytes, memory) mean
something anywhere, and from them docs/scaling.md predicts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import log2, prod
from pathlib import Path
from statistics import fmean

import numpy as np

from tests.benchmarks.jobs import Job, Results, memory_per_rank, step_time
from tests.benchmarks.programs import PROGRAMS

RANKS = (1, 2, 4, 8)
SIZES = (16, 24, 32, 48)


@dataclass(frozen=True)
class Counts:
    """What one job did per step; messages and bytes are means over the ranks.

    Attributes
    ----------
    cells : tuple of int
    ranks : int
    wall, cpu : float [s]
        Of a step; cpu is rank 0's.
    newton, linear : float
        Iterations of a step.
    setup_share : float [1]
        Of the time in the solver that went into preconditioners, first steps included.
    messages, bytes, reductions : float
        Per step, without hypre's own: PETSc does not see them.
    memory : float [bytes]
        Above start-up, of the rank that has most.
    """

    cells: tuple[int, ...]
    ranks: int
    wall: float
    cpu: float
    newton: float
    linear: float
    setup_share: float
    messages: float
    bytes: float
    reductions: float
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
            job.cells, job.ranks, wall.median, cpu.median, fmean(s["newton"] for s in steps),
            fmean(s["linear"] for s in steps),
            sum(s["setup"] for s in everything) / sum(s["solve"] for s in everything),
            sent["messages"] / len(steps) / job.ranks, sent["bytes"] / len(steps) / job.ranks,
            sent["reductions"] / len(steps), memory.median,
        )  # fmt: skip


#: Steps of the two runs whose difference is counted.
MONITORED_STEPS = 2, 5


def monitored(job: Job) -> dict[str, float] | None:
    """Messages and bytes per Krylov iteration and rank, hypre's and those of multigrid's halos included.

    Open MPI's monitoring counts all but persistent requests, which are the halos'. The difference of two runs of
    different lengths, so that start-up cancels. None where it is not Open MPI.
    """
    totals = []
    for steps in MONITORED_STEPS:
        with tempfile.TemporaryDirectory() as folder:
            options = {"enable": "1", "enable_output": "3", "filename": f"{folder}/sent"}
            flags = [part for key, value in options.items() for part in ("--mca", f"pml_monitoring_{key}", value)]
            result = replace(job, steps=steps, launcher=("mpirun", *flags, "-n")).run()
            files = [p.read_text() for p in Path(folder).glob("sent*.prof")]
        rows = [row for text in files for row in re.findall(r"^E\s+\d+\s+\d+\s+(\d+) bytes\s+(\d+) msgs", text, re.M)]
        if "error" in result or not rows:
            return None
        iterations = sum(s["linear"] for s in result["first steps"] + result["steps"])
        seen, halos = np.array(rows, dtype=float).sum(axis=0), result["halos"][::-1]  # bytes, messages
        totals.append(np.array([*(seen + halos), iterations]))
    size, messages, iterations = totals[1] - totals[0]
    return {"messages": messages / iterations / job.ranks, "bytes": size / iterations / job.ranks}


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of the least-squares line."""
    slope, intercept = np.polyfit(x, y, 1)
    return float(intercept), float(slope)


@dataclass(frozen=True)
class Machine:
    """What a prediction assumes of a cluster; none of it was measured here.

    Attributes
    ----------
    latency : float [s]
        Of a message, and of each of the log₂(ranks) stages of a reduction.
    bandwidth : float [bytes/s]
        Of a rank's share of its node's network.
    """

    latency: float = 2e-6
    bandwidth: float = 5e8


def predict(
    cells: int, ranks: int, linear: float, per_cell: float, messages: float, size: float, reductions: float,
    machine: Machine = Machine(),
) -> dict[str, float]:  # fmt: skip
    """Seconds of a step on many ranks.

    Parameters
    ----------
    cells, ranks : int
    linear : float
        Krylov iterations of a step.
    per_cell : float [s]
        CPU time of a step per cell and Krylov iteration.
    messages, size, reductions : float
        Per rank and Krylov iteration; size in bytes.
    machine : Machine

    Returns
    -------
    dict [s]
        ``work``, ``messages``, ``bytes``, ``reductions`` and their sum, ``step``; no overlap of any.
    """
    parts = {
        "work": linear * per_cell * cells / ranks,
        "messages": linear * messages * machine.latency,
        "bytes": linear * size / machine.bandwidth,
        "reductions": linear * reductions * machine.latency * log2(max(ranks, 2)),
    }
    return parts | {"step": sum(parts.values())}


def forecast(counts: dict[str, list[Counts]], sent: dict[int, dict], edge: int, ranks: int) -> dict:
    """`predict` for a cube, from what was counted here.

    Krylov iterations per Newton iteration are those of the largest cube, and grow with log₂ of edge and ranks as the
    fitted lines do (where these fall, not at all); messages grow as the neighbours do (2 × 2 × 2 boxes have 7, boxes
    inside 26), bytes as the surface of a rank's box.
    """
    together, largest = next(c for c in reversed(counts["strong"]) if c.ranks in sent), counts["size"][-1]
    _, by_edge = line([log2(c.cells[0]) for c in counts["size"]], [c.linear / c.newton for c in counts["size"]])
    _, by_ranks = line([log2(c.ranks) for c in counts["strong"]], [c.linear / c.newton for c in counts["strong"]])
    grown = max(by_edge, 0) * log2(edge / largest.cells[0]) + max(by_ranks, 0) * log2(ranks)
    linear = largest.linear + largest.newton * grown
    neighbours, before = 26, 7
    surface = 6 * (edge**3 / ranks) ** (2 / 3)
    surface_before = 3 * (prod(together.cells) / together.ranks) ** (2 / 3)
    seconds = predict(
        edge**3, ranks, linear, largest.cpu / largest.linear / prod(largest.cells),
        sent[together.ranks]["messages"] * neighbours / before,
        sent[together.ranks]["bytes"] * surface / surface_before,
        together.reductions / together.linear,
    )  # fmt: skip
    return {"edge": edge, "ranks": ranks, "linear": linear} | seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=list(PROGRAMS))
    parser.add_argument("--transport", default="single-ion", choices=["single-ion", "binary"])
    parser.add_argument("--ranks", type=int, nargs="+", default=RANKS)
    parser.add_argument("--weak", type=int, nargs=3, default=(16, 16, 16), help="cells of each rank")
    parser.add_argument("--strong", type=int, nargs=3, default=(32, 32, 32), help="cells of all ranks together")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="edges of cubes on one rank")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--launcher", default="mpirun -n", help="what the number of ranks follows")
    parser.add_argument("--monitor", action="store_true", help="count all messages by Open MPI's monitoring")
    parser.add_argument("--predict", type=int, nargs=2, metavar=("EDGE", "RANKS"), help="with --monitor")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/scaling.json"), metavar="FILE")
    options = parser.parse_args()

    def job(cells, ranks):
        extra = ("--no-fields", "--assemblies", "0")
        launcher = tuple(options.launcher.split())
        return Job(options.program, tuple(cells), options.transport, options.steps, ranks, extra, launcher=launcher)

    nx, ny, nz = options.weak
    series = {
        "weak": [job((nx, ny, nz * n), n) for n in options.ranks],
        "strong": [job(options.strong, n) for n in options.ranks],
        "size": [job((n, n, n), 1) for n in options.sizes],
    }
    results = Results()
    results.run(dict.fromkeys(j for jobs in series.values() for j in jobs))
    counts = {name: [c for j in jobs if (c := Counts.of(j, results.of(j)))] for name, jobs in series.items()}
    counted = [j for j in series["strong"] if j.ranks > 1 and options.monitor]
    all_messages = {j.ranks: found for j in counted if (found := monitored(j))}
    for name, found in counts.items():
        print(table(name, found))
    fits = fit(counts)
    print(*(f"{name}: {value}" for name, value in fits.items()), *all_messages.items(), sep="\n")
    ahead = forecast(counts, all_messages, *options.predict) if options.predict else None
    print("prediction:", ahead)
    document = {
        "program": options.program, "transport": options.transport, "load after": os.getloadavg()[0],
        "series": {name: [asdict(c) for c in found] for name, found in counts.items()},
        "fits": fits, "prediction": ahead, "monitored per Krylov iteration and rank, strong series": all_messages,
    }  # fmt: skip
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(document, indent=1) + "\n")


def fit(counts: dict[str, list[Counts]]) -> dict[str, list[float]]:
    """Lines through the counts, as intercept and slope."""
    lines = {}
    for series, against in (("size", "cells"), ("weak", "ranks"), ("strong", "ranks")):
        found = counts[series]
        if len(found) > 1:
            x = [log2(c.cells[0] if against == "cells" else c.ranks) for c in found]
            what = "edge in cells" if against == "cells" else "ranks"
            per_newton = [c.linear / c.newton for c in found]
            lines[f"{series}: Krylov per Newton iteration against log2({what})"] = line(x, per_newton)
    if len(found := counts["size"]) > 1:
        lines["size: memory [bytes] against cells"] = line([prod(c.cells) for c in found], [c.memory for c in found])
        work = [1e6 * c.cpu / c.linear / prod(c.cells) for c in found]
        lines["size: CPU µs per cell and Krylov iteration against log2(edge)"] = line(
            [log2(c.cells[0]) for c in found], work
        )
    return {name: list(values) for name, values in lines.items()}


def table(name: str, counts: Sequence[Counts]) -> str:
    """One series as Markdown."""
    head = "cells | ranks | wall s | CPU s | Newton | Krylov | set-up share | messages | kB | reductions | MB per rank"
    lines = [f"\n{name}: per step; messages and kB per rank, without hypre's", f"| {head} |", "|" + " --- |" * 11]
    for c in counts:
        values = (
            "×".join(map(str, c.cells)), c.ranks, f"{c.wall:.3g}", f"{c.cpu:.3g}", f"{c.newton:.3g}",
            f"{c.linear:.3g}", f"{c.setup_share:.0%}", f"{c.messages:.0f}", f"{c.bytes / 1e3:.1f}",
            f"{c.reductions:.0f}", f"{c.memory / 1e6:.1f}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(map(str, values))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
