"""Memory and disk space that a run will need, predicted before it starts, and those available.

``python -m tools.resources`` runs decks with both engines, prints measured beside predicted values, and with ``--fit``
the constants that fit best.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from phasefield.check.common import Row
from phasefield.deck.operation import ALL
from phasefield.errors import Problem

if TYPE_CHECKING:
    from phasefield.deck import Deck


class Cost(NamedTuple):
    """Memory that an engine needs.

    Attributes
    ----------
    rank : float [byte]
        Per rank: the program and its libraries.
    field : float [byte]
        Per cell and unknown: values, old values, residual.
    block : float [byte]
        Per cell and pair of unknowns: block of the matrix with its copies and its preconditioner.
    """

    rank: float
    field: float
    block: float


#: Costs by engine and dimension, from ``python -m tools.resources --fit``.
COSTS: dict[str, dict[int, Cost]] = {
    "compiled": {1: Cost(341e6, 80.6, 161.0), 2: Cost(341e6, 80.6, 161.0), 3: Cost(341e6, 406.0, 0.0)},
    "split": {1: Cost(365e6, 140.0, 0.0), 2: Cost(365e6, 140.0, 0.0), 3: Cost(365e6, 158.0, 0.0)},
    "fipy": {1: Cost(364e6, 0.0, 1.39e3), 2: Cost(364e6, 0.0, 1.39e3), 3: Cost(364e6, 2.23e3, 808.0)},
}
#: Size of a number on disk, and of all other content of the files, such as tables and text, for any grid [byte].
NUMBER, TEXTS = 8, 100e3
#: Control groups of this process, by which a queue or a container sets a limit, and the directory of all groups.
GROUPS, ALL_GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Needs:
    """Memory and disk space that a run needs.

    Attributes
    ----------
    cells : float [byte]
        Memory of the fields and their system, on all ranks together.
    rank : float [byte]
        Further memory per rank.
    disk : float [byte]
        Size of the run directory at the end.
    """

    cells: float
    rank: float
    disk: float

    def memory(self, ranks: int = 1) -> float:
        """Memory of all ranks together [byte]."""
        return self.cells + ranks * self.rank


def needs(deck: Deck, unknowns: int) -> Needs:
    """Predict the needs of the run of a deck.

    Parameters
    ----------
    deck : Deck
    unknowns : int
        Number of unknowns per cell.

    Returns
    -------
    Needs
        Memory within 25 % of measured values, with split steps within 15 %; disk within 25 %, if the run reaches its
        planned end.
    """
    engine = "split" if deck.splits else "compiled" if deck.compiles else "fipy"
    cost, cells = COSTS[engine][deck.domain.dimension], math.prod(deck.domain.shape)
    # The state at the start, at the planned times, and one more where another condition ends the run
    snapshots = (len(deck.snapshot_times) + deck.more_snapshots + 2) * written(deck)
    # A new checkpoint is written before an old one is removed
    checkpoints = (deck.checkpoint.keep + 1) * kept(deck, unknowns)
    return Needs(
        cells * (unknowns * cost.field + unknowns**2 * cost.block + deck.further_memory),
        cost.rank,
        cells * NUMBER * (snapshots + checkpoints) + TEXTS,
    )


def kept(deck: Deck, unknowns: int) -> int:
    """Number of arrays of a checkpoint: every field now and before; with split steps twice as many.

    Those have ξ of four times, φ of one, and potential and reaction of two moments: at most eight.
    """
    return (4 if deck.splits else 2) * unknowns


def written(deck: Deck) -> int:
    """Number of fields of a snapshot: those requested that the run has."""
    wanted = deck.possible_fields if ALL in deck.output.fields else deck.output.fields
    return len(set(wanted) - set(deck.absent_fields))


def memory_present() -> float:
    """Memory that all processes here may use together: that of the machine, the job or the container [byte]."""
    found = [float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))]
    groups = GROUPS.read_text() if GROUPS.is_file() else ""
    for path in limits(groups, ALL_GROUPS):
        try:
            found.append(float(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(found)


def limits(groups: str, root: Path) -> Iterator[Path]:
    """Files that may limit the memory of control groups: those of the groups and of their parent groups.

    Parameters
    ----------
    groups : str
        As in ``/proc/self/cgroup``: ``0::/path`` of cgroups 2, ``N:memory:/path`` of cgroups 1.
    root : Path
        Directory where they are mounted.
    """
    for line in groups.splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        top, name = (root / "memory", "memory.limit_in_bytes") if kinds else (root, "memory.max")
        group = Path(path.lstrip("/"))
        for part in (group, *group.parents):
            yield top / part / name


def rows(needed: Needs) -> Iterator[Row]:
    """Rows of the report."""
    yield Row("memory", f"about {size(needed.memory())}", f"on one rank; each further rank needs {size(needed.rank)}")
    yield Row("disk", f"about {size(needed.disk)}", "for snapshots and checkpoints")


def too_large(needed: Needs, ranks: int = 1, here: int = 1) -> Iterator[Problem]:
    """Problem if a run needs more memory than this machine has.

    Parameters
    ----------
    ranks, here : int
        Number of ranks of the whole run, and on this machine.
    """
    most, share = memory_present(), needed.cells * here / ranks + here * needed.rank
    if share > most:
        on = f" on this machine, with {here} of {ranks} ranks" if ranks > 1 else ""
        yield Problem("domain.cells", f"needs about {size(share)} of memory{on}, but only {size(most)} may be used")


def too_much(needed: Needs, directory: Path) -> Iterator[Problem]:
    """Problem if a run needs more space than the disk of a directory, or of its nearest existing parent, has."""
    there = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.is_dir())
    free, more = shutil.disk_usage(there).free, needed.disk
    if more > free:
        more -= taken(directory)  # by the run that is continued
    if more > free:
        yield Problem("output", f"needs about {size(more)} of disk space, but {there} has only {size(free)} left")


def taken(directory: Path) -> int:
    """Size of the files of a directory [byte]; files that disappear meanwhile do not count."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def size(value: float) -> str:
    """Bytes as text.

    Examples
    --------
    >>> size(411.2e6), size(2.4e13), size(3.1e10)
    ('411 MB', '24000 GB', '31 GB')
    """
    return f"{value / 1e6:.0f} MB" if value < 9.9995e9 else f"{float(f'{value / 1e9:.3g}'):.15g} GB"
