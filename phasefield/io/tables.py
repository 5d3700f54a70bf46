"""Results of a run as a pandas table and as labelled arrays of xarray.

Units are written as Pint reads them (``A/m^2``), under ``attrs["units"]``, where pint-xarray looks for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from phasefield.io.fields import MeshSnapshot, Snapshot

if TYPE_CHECKING:
    import pandas
    import xarray

    from phasefield.io.rundir import Run

STEP = "Step"


def dataframe(run: Run) -> pandas.DataFrame:
    """The history of a run; see :meth:`phasefield.io.rundir.Run.to_pandas`."""
    table = optional("pandas").DataFrame(run.history)
    if STEP in table:
        table = table.astype({STEP: int}).set_index(STEP)
    table.attrs |= _about(run) | {"units": {head: _unit_in(head) for head in table.columns}}
    return table


def dataset(run: Run, fields: Sequence[str] | None) -> xarray.Dataset:
    """The snapshots of a run; see :meth:`phasefield.io.rundir.Run.to_xarray`."""
    xarray = optional("xarray")
    first = run.snapshot(0)
    names = tuple(first.fields) if fields is None else tuple(fields)
    space, coordinates = _triangles(first) if isinstance(first, MeshSnapshot) else _axes(first)
    values = {name: np.empty((len(run.times), *first[name].T.shape)) for name in names}
    for index, snapshot in enumerate(run.snapshots):
        for name in names:
            values[name][index] = snapshot[name].T
    time = {"time": ("time", run.times, {"units": "s", "long_name": "Time"})}
    variables = {name: (("time", *space), values[name], _described(run, name)) for name in names}
    return xarray.Dataset(variables, coords=time | coordinates, attrs=_about(run))


def for_pint(unit: str) -> str:
    """A unit of this program as Pint reads it: ``A/m^2`` for ``A/m2``."""
    return re.sub(r"(?<=[A-Za-z])(\d)", r"^\1", unit)


def in_units(run: Run, name: str) -> str:
    """Head of a column with a field: its name, and its unit if that is known."""
    _, unit = run.labels.get(name, ("", ""))
    return f"{name} [{unit}]" if unit else name


def _about(run: Run) -> dict[str, str]:
    return {"title": run.resolved["deck"].get("title") or "", "model": run.model, "run": run.name}


def _unit_in(head: str) -> str:
    """Unit in the head of a column; "1" if there is none."""
    found = re.search(r"\[([^]]*)\]$", head)
    return for_pint(found[1]) if found else "1"


def _described(run: Run, name: str) -> dict[str, str]:
    """Label and unit of a field, where the run has them."""
    label, unit = run.labels.get(name, ("", ""))
    return {key: text for key, text in (("units", for_pint(unit)), ("long_name", label)) if text}


def _axes(snapshot: Snapshot) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Dimensions of a box, the height first, and the centres of its cells."""
    names = "xyz"[: snapshot.dimension]
    lengths = {x: (x, snapshot.centres(axis), {"units": "µm", "long_name": x}) for axis, x in enumerate(names)}
    return tuple(reversed(names)), lengths


def _triangles(snapshot: MeshSnapshot) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Dimension of a mesh, the centres of its triangles, and their corners."""
    about = {"units": "µm"}
    centres = {x: ("cell", column, about) for x, column in zip("xy", snapshot.centres.T, strict=True)}
    corners = np.moveaxis(snapshot.points[snapshot.corners], -1, 0)
    return ("cell",), centres | {
        f"corner_{x}": (("cell", "corner"), table, about) for x, table in zip("xy", corners, strict=True)
    }


def optional(package: str) -> Any:
    """A package that only some users need.

    Raises
    ------
    ImportError
        It is not installed; the message gives the command that installs it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(f"{package} is not installed: pip install 'phasefield-li[results]'", name=package) from error
