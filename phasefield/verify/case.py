"""What a case of ``phasefield verify`` is: a published result or formula, our runs, and a bound set before the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

#: Where the number that ours is compared with comes from. An own result says only that the runs converge.
Kind = Literal["formula", "independent", "published", "own"]
KINDS: dict[Kind, str] = {
    "formula": "formula",
    "independent": "other method",
    "published": "published result",
    "own": "own finer run",
}


@dataclass(frozen=True)
class Source:
    """Where a problem or a number was published.

    Attributes
    ----------
    text : str
        Authors, journal, volume, year, page.
    doi : str
        Without ``https://doi.org/``; empty for a specification that has none.
    address : str
        Web address of what has no DOI.
    """

    text: str
    doi: str = ""
    address: str = ""

    @property
    def link(self) -> str:
        """Web address of the source."""
        return f"https://doi.org/{self.doi}" if self.doi else self.address


@dataclass(frozen=True)
class Quantity:
    """One number of a case, and what it is compared with.

    Attributes
    ----------
    name, unit : str
        For the table; the unit is "1" for pure numbers.
    theirs : float or callable
        Their number, or a function without arguments that computes it from a formula.
    bound : float [1]
        Largest deviation of our finer run, relative to `scale`. Set before the first run, and never loosened without a
        note in the case.
    kind : Kind
    scale : float, optional
        What deviations are relative to; by default their number.
    """

    name: str
    unit: str
    theirs: float | Callable[[], float]
    bound: float
    kind: Kind = "formula"
    scale: float | None = None

    @property
    def reference(self) -> float:
        """Their number."""
        return float(self.theirs() if callable(self.theirs) else self.theirs)


@dataclass(frozen=True)
class Case:
    """A problem that is solved twice, and the numbers that it gives.

    Attributes
    ----------
    name : str
        For the command line: words joined by hyphens.
    title : str
        For the page.
    tests : str
        What the case tests, and how; plain sentences.
    sources : tuple of Source
        The first one is the problem's; others are of numbers.
    quantities : tuple of Quantity
    measure : callable
        ``measure(size, folder) -> tuple of float``: our numbers at a resolution, in the order of `quantities`. It may
        write runs into the folder.
    sizes : tuple of float
        The coarser and the finer resolution: a length that goes to zero as the error does.
    size_means : str
        What the sizes are, with their unit.
    order : float
        Power of the size with which the error falls, for the extrapolation.
    full : bool
        Whether only ``--full`` runs the case, because it takes minutes to hours.
    note : str
        What a reader should know of the comparison, such as a bound that was changed, and why.
    """

    name: str
    title: str
    tests: str
    sources: tuple[Source, ...]
    quantities: tuple[Quantity, ...]
    measure: Callable[[float, Path], tuple[float, ...]]
    sizes: tuple[float, float]
    size_means: str
    order: float
    full: bool = False
    note: str = ""


def extrapolated(coarse: float, fine: float, ratio: float, order: float) -> float:
    """Limit of vanishing size, if the error falls with a power of the size (L. F. Richardson, 1911).

    Parameters
    ----------
    coarse, fine : float
        Results at two sizes.
    ratio : float [1]
        The coarser size over the finer one.
    order : float [1]

    References
    ----------
    L. F. Richardson, Phil. Trans. R. Soc. A 210 (1911) 307, doi:10.1098/rsta.1911.0009.

    Examples
    --------
    >>> extrapolated(1 + 0.4**2, 1 + 0.2**2, ratio=2, order=2)
    1.0
    """
    return fine + (fine - coarse) / (ratio**order - 1)
