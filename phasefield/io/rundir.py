"""Reading a run directory: its history, its snapshots and its metadata.

Only NumPy, h5py and the standard library are needed here, so that results can be read on any machine,
without MPI, PETSc or a graphics stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from operator import index as whole_number
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from phasefield.errors import RunError
from phasefield.io import checksum, hdf5, safe
from phasefield.io.fields import MeshSnapshot, Snapshot, read_snapshot
from phasefield.io.history import History, read_history
from phasefield.io.lock import is_held
from phasefield.io.record import Record, read_record, require_kinds
from phasefield.physics.common.columns import Column, Derived, from_json, of_a_run

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

__all__ = ["History", "MeshSnapshot", "Run", "Snapshot", "open_run"]

DECK, EQUATIONS = "deck.toml", "equations.txt"
HISTORY, CYCLES = "history.csv", "cycles.csv"
FIELDS = "fields.vtkhdf"
RESOLVED, MANIFEST, STATUS = "resolved.json", "manifest.json", "status.json"
#: Types of the entries of these records that are used here; see `phasefield.io.record.require_kinds`.
_KINDS = {
    "deck": {"domain": {"dimension": int, "cells": list}, "model": str}, "derived": {}, "files": {},
    "state": str, "reason": str, "time": (int, float), "steps": int,
}  # fmt: skip
#: Display name and SI unit of the fields that are computed from others when a snapshot is written.
COMPUTED = {
    "current": ("Current density", "A/m2"),
    **{f"i{axis}": (f"Current density along {axis}", "A/m2") for axis in "xyz"},
    "contact_current": ("Current density in contact", "A/m2"),
    "potential": ("Potential against lithium", "V"),
    "consumed": ("Consumed coating", "1"),
}


def open_run(path: str | Path) -> Run:
    """Open a run directory for reading.

    Parameters
    ----------
    path : str or Path
        Directory written by ``phasefield run``.

    Returns
    -------
    Run

    Raises
    ------
    RunError
        If `path` is not a run directory.
    """
    path = Path(path)
    try:
        there = path.is_dir()
    except (OSError, ValueError) as error:  # not a valid file name
        raise RunError(
            f"{path}: there is no such run directory ({getattr(error, 'strerror', None) or error})", code="not-a-run"
        ) from None
    if not there:
        raise RunError(f"{path}: there is no such run directory", code="not-a-run")
    if not safe.is_plain(path / RESOLVED):
        raise RunError(f"{path}: is not a run directory, because it has no {RESOLVED}", code="not-a-run")
    return Run(path)


@dataclass(frozen=True)
class Run:
    """One run directory. Each file is read when it is first needed, and then cached.

    Attributes
    ----------
    path : Path
        The directory.
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the directory, by default that of the deck."""
        return self.path.resolve().name

    @cached_property
    def resolved(self) -> dict:
        """Every value of the deck in SI units (``"deck"``) and the numbers derived from them (``"derived"``)."""
        return self._json(RESOLVED)

    @cached_property
    def manifest(self) -> dict:
        """How the run was made: versions, ranks, cells, steps, wall time [s], peak memory [bytes]."""
        return self._json(MANIFEST)

    @property
    def status(self) -> dict:
        """Present state: ``"running"``, ``"done"``, ``"stopped"``, ``"failed"`` or ``"killed"``; and its reason."""
        found = self._json(STATUS)
        if found["state"] == "running" and is_held(self.path) is False:
            found["state"] = "killed"
        return found

    @property
    def done(self) -> bool:
        """Whether the run is complete; False if ``status.json`` is damaged or missing."""
        try:
            return self.status["state"] == "done"
        except RunError:
            return False

    @property
    def model(self) -> str:
        """Physical model of the run: the deck's ``model``."""
        return self.resolved["deck"].get("model", "plating")

    @property
    def dimension(self) -> int:
        """Number of space dimensions of the deck: 1, 2 or 3."""
        return self.resolved["deck"]["domain"]["dimension"]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Possible columns of ``history.csv``, in their order; for runs of 0.1.0, those of the model in this version.

        Raises
        ------
        RunError
            Neither the run nor this installation knows the columns.
        """
        if "columns" in self.resolved:
            return tuple(from_json(Column, found) for found in self.resolved["columns"])
        return of_a_run(self._registry().columns(self.model))

    @cached_property
    def derived_shown(self) -> tuple[Derived, ...]:
        """Numbers of ``resolved["derived"]`` that tables show; errors as for `columns`."""
        if "derived_shown" in self.resolved:
            return tuple(from_json(Derived, found) for found in self.resolved["derived_shown"])
        return self._registry().derived(self.model)

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """Display name and SI unit of the fields for which they are known, by the name in its snapshots."""
        named = {name: (found["label"], found["unit"]) for name, found in self.resolved.get("fields", {}).items()}
        return named | {name: about for name, about in COMPUTED.items() if name not in named}

    def _registry(self) -> ModuleType:
        from phasefield.physics import registry

        if self.model not in registry.names():
            known = ", ".join(registry.names())
            message = f"{self.path}: lists no columns, and its model '{self.model}' is not one of {known}"
            raise RunError(message, code="unknown-name")
        return registry

    @cached_property
    def history(self) -> History:
        """Table of scalars, one row per accepted step."""
        return read_history(self.path / HISTORY, self._noted(HISTORY))

    @cached_property
    def cycles(self) -> History:
        """Table of the cycles of the drive, one row each; no rows before the end of the first cycle."""
        path = self.path / CYCLES
        return read_history(path, None) if safe.is_plain(path) else History({}, path)

    @cached_property
    def times(self) -> np.ndarray:
        """Times of the snapshots, array of float [s]."""
        with self._fields() as root:
            times = np.asarray(root["Steps/Values"], dtype=float)
            checksum.require_times(root, times)
            return times

    @property
    def meshed(self) -> bool:
        """Whether the cells are triangles of a mesh; snapshots are then `MeshSnapshot`."""
        return bool(self.resolved["deck"]["domain"].get("mesh"))

    def snapshot(self, index: int) -> Any:
        """Fields at one output time.

        Parameters
        ----------
        index : int
            Number of the snapshot; negative numbers count from the last.

        Returns
        -------
        Snapshot or MeshSnapshot

        Raises
        ------
        RunError
            If there is no such snapshot, or the file is incomplete.
        """
        count = len(self.times)
        try:
            index = whole_number(index)
        except TypeError:
            raise RunError(
                f"{self.path / FIELDS}: a snapshot has a whole number, 0 to {count - 1}, not {index!r}; "
                "run.nearest(time) is the number of the one nearest to a time",
                code="no-snapshot",
            ) from None
        if not -count <= index < count:
            raise RunError(
                f"{self.path / FIELDS}: has no snapshot {index}, only {count} snapshots (0 to {count - 1})",
                code="no-snapshot",
            )
        index %= count
        with self._fields() as root:
            return read_snapshot(root, float(self.times[index]), index, self.dimension)

    @property
    def snapshots(self) -> Iterator[Any]:
        """The snapshots from first to last, each read when its turn comes; errors as of `snapshot`."""
        return map(self.snapshot, range(len(self.times)))

    def nearest(self, time: float) -> int:
        """Index of the snapshot nearest to a time.

        Parameters
        ----------
        time : float [s]

        Returns
        -------
        int

        Raises
        ------
        RunError
            If the run has no snapshot yet.
        """
        if len(self.times) == 0:
            raise RunError(f"{self.path / FIELDS}: has no snapshot yet", code="no-snapshot")
        return int(np.argmin(np.abs(self.times - time)))

    def to_pandas(self) -> pandas.DataFrame:
        """The history as a table, one row per accepted step.

        Returns
        -------
        pandas.DataFrame
            Indexed by the number of the step; columns as in ``run.history``. ``attrs["units"]`` has their units.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        from phasefield.io import tables

        return tables.dataframe(self)

    def to_xarray(self, fields: Sequence[str] | None = None) -> xarray.Dataset:
        """All snapshots as labelled arrays, in memory.

        Parameters
        ----------
        fields : sequence of str, optional
            Names of the fields; by default all.

        Returns
        -------
        xarray.Dataset
            Dimensions ``time`` [s] and ``z``, ``y``, ``x`` [µm], as many as the run has; the last letter is the height.
            On a mesh ``time`` and ``cell``, with the corners of the triangles as coordinates. ``attrs`` of each
            variable have its label and its unit, which ``dataset.pint.quantify()`` of pint-xarray reads.

        Raises
        ------
        RunError
            There is no snapshot yet, or no such field.
        ImportError
            xarray is not installed.
        """
        from phasefield.io import tables

        return tables.dataset(self, fields)

    def plot(
        self, times: Sequence[float] | None = None, colour: str | None = None, surface: str | None = None
    ) -> Figure:
        """Draw the picture of ``phasefield render``.

        Parameters
        ----------
        times : sequence of float [s], optional
        colour, surface : str, optional
            As of :func:`phasefield.render`.

        Returns
        -------
        matplotlib.figure.Figure
            A notebook shows it.

        Raises
        ------
        RunError
            As of :func:`phasefield.render`.
        """
        from phasefield.postprocess.render import draw

        return draw([self], times, colour, surface)

    def _repr_html_(self) -> str:
        from phasefield.io.notebook import html_of

        return html_of(self)

    def _noted(self, name: str) -> Mapping[str, Any] | None:
        """Recorded size and SHA-256 of a file after the end of the run; None while it runs or if there is no record."""
        try:
            return self._json(STATUS).get("files", {}).get(name)
        except RunError:
            return None

    def _json(self, name: str) -> Record:
        return require_kinds(self.path / name, read_record(self.path / name), _KINDS)

    def _fields(self) -> AbstractContextManager[h5py.Group]:
        return _opened(self.path / FIELDS)


class EvenRun(Run):
    """A run whose snapshots have equal cells, as pictures need them; see `Snapshot.even`."""

    def snapshot(self, index):
        """The same on equal cells."""
        found = super().snapshot(index)
        return found.even() if isinstance(found, Snapshot) else found


@contextmanager
def _opened(path: Path) -> Iterator[h5py.Group]:
    """The ``VTKHDF`` group of a snapshot file; damage inside the context becomes a RunError."""
    try:
        # A run in progress locks its file, but the flushed part can be read.
        with hdf5.opened(path, "r", locking=False) as file:
            if "VTKHDF/Steps/Values" not in file or "VTKHDF/CellData" not in file:
                raise RunError(f"{path}: has no snapshot yet", code="no-snapshot")
            yield file["VTKHDF"]
    except FileNotFoundError:
        raise RunError(f"{path}: is missing; the run has not written it yet") from None
    except (OSError, LookupError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        said = getattr(error, "strerror", None) or error
        raise RunError(
            f"{path}: cannot be read; the file is damaged or still being written ({said})",
            code="damaged" if isinstance(error, checksum.Mismatch) else "unreadable",
        ) from error
