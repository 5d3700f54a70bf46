"""A manufactured solution: PFHub's benchmark 7a."""

from __future__ import annotations

from pathlib import Path

from phasefield.verify.case import Case, Quantity, Source
from phasefield.verify.scripts import script

END = 2.0


def distance(cell: float, folder: Path) -> tuple[float, ...]:
    """L² norm of the distance to the solution at the end, with steps in proportion to the square of the cells."""
    pfhub, cells = script("pfhub_7a"), round(0.5 / cell)
    return (float(pfhub.error(pfhub.solve(cells, round(20 * (cells / 64) ** 2), END), END)),)


CASES = (
    Case(
        name="pfhub-7a",
        title="PFHub 7a: a manufactured solution",
        tests="An Allen–Cahn equation with a source such that a wavy tanh is the solution, until t = 2; implicit "
        "Euler. The distance to it should be 0; its bound is relative to the norm of the solution, 0.49.",
        sources=(
            Source("A. M. Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139 (the series)",
                   "10.1016/j.commatsci.2016.09.022"),
            Source("PFHub, benchmark 7", address="https://pages.nist.gov/pfhub/benchmarks/benchmark7.ipynb"),
        ),
        quantities=(Quantity("Distance to the solution, L² norm", "1", 0.0, 0.002, scale=0.49),),
        measure=distance,
        sizes=(1 / 128, 1 / 256),
        size_means="cells, with steps of 0.1 and 0.025",
        order=2,
    ),
)  # fmt: skip
