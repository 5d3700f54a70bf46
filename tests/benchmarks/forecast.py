"""What a step would take on more ranks than were counted, and how the counts grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, prod

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.compiled.multigrid.cycle import GATHER
from phasefield.engines.grid import Grid, ownership
from tests.benchmarks.counts import Counts


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
        Of a message, and of each of the log₂(ranks) stages of a reduction or a gathering.
    bandwidth : float [bytes/s]
        Of a rank's share of its node's network.
    """

    latency: float = 2e-6
    bandwidth: float = 5e8


def predict(
    cells: int, ranks: int, linear: float, per_cell: float, messages: float, size: float, reductions: float,
    gathers: float = 0.0, gathered: float = 0.0, machine: Machine = Machine(),
) -> dict[str, float]:  # fmt: skip
    """Seconds of a step on many ranks.

    Parameters
    ----------
    cells, ranks : int
    linear : float
        Krylov iterations of a step.
    per_cell : float [s]
        CPU time of a step per cell and Krylov iteration.
    messages, size, reductions, gathers, gathered : float
        Per rank and Krylov iteration; size and gathered in bytes, these of the whole that each rank then has.
    machine : Machine

    Returns
    -------
    dict [s]
        ``work``, ``messages``, ``bytes``, ``reductions``, ``gathers`` and their sum, ``step``; no overlap of any.

    Notes
    -----
    A gathering doubles what a rank has in each of log₂(ranks) stages (recursive doubling, Bruck's algorithm): as many
    latencies, and in all the whole once through the network. A ring would have ranks − 1 stages.
    """
    stages = log2(max(ranks, 2))
    parts = {
        "work": linear * per_cell * cells / ranks,
        "messages": linear * messages * machine.latency,
        "bytes": linear * size / machine.bandwidth,
        "reductions": linear * reductions * machine.latency * stages,
        "gathers": linear * (gathers * machine.latency * stages + gathered / machine.bandwidth),
    }
    return parts | {"step": sum(parts.values())}


def forecast(counts: dict[str, list[Counts]], sent: dict[int, dict], edge: int, ranks: int) -> dict:
    """`predict` for a cube, from what was counted here.

    Krylov iterations per Newton iteration are those of the largest cube, and grow with log₂ of edge and ranks as the
    fitted lines do (where these fall, not at all); messages grow as the neighbours do (2 × 2 × 2 boxes have 7, boxes
    inside 26), bytes as the cells at a neighbour's face. What is gathered stays: any grid is made coarse until it has
    `GATHER` cells. Memory, in bytes per rank, is that of its cells and of the gathered grid.
    """
    together, largest = next(c for c in reversed(counts["strong"]) if c.ranks in sent), counts["size"][-1]
    _, by_edge = line([log2(c.cells[0]) for c in counts["size"]], [c.linear / c.newton for c in counts["size"]])
    _, by_ranks = line([log2(c.ranks) for c in counts["strong"]], [c.linear / c.newton for c in counts["strong"]])
    grown = max(by_edge, 0) * log2(edge / largest.cells[0]) + max(by_ranks, 0) * log2(ranks)
    linear = largest.linear + largest.newton * grown
    shape, cuts = together.cells, [len(parts) for parts in ownership(together.cells, together.ranks)]
    neighbours, before = 26, prod(3 - 2 / n for n in cuts) - 1  # means over the boxes
    surface = 6 * (edge**3 / ranks) ** (2 / 3)
    surface_before = sum(2 * (n - 1) / size for n, size in zip(cuts, shape, strict=True)) * prod(shape) / together.ranks
    seconds = predict(
        edge**3, ranks, linear, largest.cpu / largest.linear / prod(largest.cells),
        sent[together.ranks]["messages"] * neighbours / before,
        sent[together.ranks]["bytes"] * surface / surface_before,
        *(n / together.linear for n in (together.reductions, together.gathers, together.gathered)),
    )  # fmt: skip
    _, per_cell = line([prod(c.cells) for c in counts["size"]], [c.memory for c in counts["size"]])
    memory = per_cell * edge**3 / ranks + (coarse_memory(largest.fields) if together.gathers else 0)
    return {"edge": edge, "ranks": ranks, "linear": linear, "memory": memory} | seconds


def coarse_memory(fields: int) -> int:
    """Of the multigrids' levels that every rank has whole, where the first is as large as it may be [bytes]."""
    grid = Grid((round(GATHER ** (1 / 3)),) * 3, (1.0,) * 3, MPI.COMM_SELF)
    first = Multigrid(grid)
    return first.nbytes() + (fields - 1) * Multigrid(grid, first).nbytes(shared=False)
