"""Memory, disk and ranks that a run will need, worked out before it starts; and what there is.

``python -m tools.resources`` runs decks of both engines, prints what they took beside what is predicted here, and with
``--fit`` the constants that fit best.
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
    """Memory that an engine takes.

    Attributes
    ----------
    rank : float [byte]
        Of each rank: the program and its libraries.
    field : float [byte]
        Of each cell for each of its unknowns: their values, old values, residual.
    block : float [byte]
        Of each cell for each pair of its unknowns: their block of the matrix, in its copies, and its preconditioner.
    """

    rank: float
    field: float
    block: float


#: By engine and dimension; from ``python -m tools.resources --fit``.
COSTS: dict[str, dict[int, Cost]] = {
    "compiled": {1: Cost(341e6, 80.6, 161.0), 2: Cost(341e6, 80.6, 161.0), 3: Cost(341e6, 406.0, 0.0)},
    "fipy": {1: Cost(364e6, 0.0, 1.39e3), 2: Cost(364e6, 0.0, 1.39e3), 3: Cost(364e6, 2.23e3, 808.0)},
}
#: Bytes of a number on disk. And what files hold beside fields, whatever the grid: tables, text [byte].
NUMBER, TEXTS = 8, 100e3
#: Where a queue or a container sets a limit: the control groups of this process, and where all of them are.
GROUPS, ALL_GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Needs:
    """What a run needs.

    Attributes
    ----------
    cells : float [byte]
        Memory of the fields and their system, on all ranks together.
    rank : float [byte]
        Memory that each rank takes beside it.
    disk : float [byte]
        Size of its directory at the end.
    """

    cells: float
    rank: float
    disk: float

    def memory(self, ranks: int = 1) -> float:
        """Memory of all ranks together [byte]."""
        return self.cells + ranks * self.rank


def needs(deck: Deck, unknowns: int) -> Needs:
    """What a run of a deck will need.

    Parameters
    ----------
    deck : Deck
    unknowns : int
        Of each cell.

    Returns
    -------
    Needs
        Memory within 25 % of what was measured; disk likewise, if the run gets to its planned end.
    """
    engine = "compiled" if deck.compiles else "fipy"
    cost, cells = COSTS[engine][deck.domain.dimension], math.prod(deck.domain.cells)
    # The state at the start, at the planned times, and one more where another condition ends the run
    snapshots = (len(deck.snapshot_times) + 2) * written(deck)
    # Each checkpoint has every field now and before; a new one is written before an old one is removed
    checkpoints = (deck.checkpoint.keep + 1) * 2 * unknowns
    return Needs(
        cells * (unknowns * cost.field + unknowns**2 * cost.block),
        cost.rank,
        cells * NUMBER * (snapshots + checkpoints) + TEXTS,
    )


def written(deck: Deck) -> int:
    """Fields of a snapshot: those asked for that the run has."""
    wanted = deck.possible_fields if ALL in deck.output.fields else deck.output.fields
    return len(set(wanted) - set(deck.absent_fields))


def memory_present() -> float:
    """Memory that processes here may take together: of the machine, or of the job or container [byte]."""
    found = [float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))]
    groups = GROUPS.read_text() if GROUPS.is_file() else ""
    for path in limits(groups, ALL_GROUPS):
        try:
            found.append(float(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(found)


def limits(groups: str, root: Path) -> Iterator[Path]:
    """Files that may limit the memory of some control groups: theirs, and those of the groups around them.

    Parameters
    ----------
    groups : str
        As in ``/proc/self/cgroup``: ``0::/path`` of cgroups 2, ``N:memory:/path`` of cgroups 1.
    root : Path
        Where they are mounted.
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
    """For the report."""
    yield Row("memory", f"about {size(needed.memory())}", f"on one rank; each further rank needs {size(needed.rank)}")
    yield Row("disk", f"about {size(needed.disk)}", "for snapshots and checkpoints")


def too_large(needed: Needs, ranks: int = 1, here: int = 1) -> Iterator[Problem]:
    """More memory than this machine has.

    Parameters
    ----------
    ranks, here : int
        Of the whole run, and on this machine.
    """
    most, share = memory_present(), needed.cells * here / ranks + here * needed.rank
    if share > most:
        on = f" on this machine, with {here} of {ranks} ranks" if ranks > 1 else ""
        yield Problem("domain.cells", f"needs about {size(share)} of memory{on}, but only {size(most)} may be used")


def too_much(needed: Needs, directory: Path) -> Iterator[Problem]:
    """More than fits on the disk of a directory, or of the nearest one above it that is there."""
    there = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.is_dir())
    free, more = shutil.disk_usage(there).free, needed.disk
    if more > free:
        more -= taken(directory)  # by a run that goes on
    if more > free:
        yield Problem("output", f"needs about {size(more)} of disk space, but {there} has only {size(free)} left")


def taken(directory: Path) -> int:
    """By the files of a directory [byte]; what vanishes meanwhile does not count."""
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
