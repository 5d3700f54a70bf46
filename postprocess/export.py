"""Runs in the formats of other programs: ParaView of any version, spreadsheets, xarray."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from phasefield.errors import RunError, printable
from phasefield.io import safe
from phasefield.io.rundir import MeshSnapshot, Run, Snapshot
from phasefield.io.tables import in_units, optional
from phasefield.postprocess.grids import to_pyvista
from phasefield.postprocess.xdmf import xdmf

#: Name of the vector of the current density, whose components are fields of their own.
VECTOR = "current_vector"
COMPONENTS = ("ix", "iy", "iz")


def export(run: Run, to: str, output: Path | None = None, report: Callable[[int, int], Any] = lambda *_: None) -> Path:
    """Write all snapshots of a run for another program. Files of an earlier export are replaced.

    Parameters
    ----------
    run : Run
    to : {"pvd", "xdmf", "csv", "zarr"}
        One of `FORMATS`.
    output : Path, optional
        Directory for the files; by default ``exports`` beside the run. It is made if it is missing.
    report : callable
        Called with the number of snapshots written so far and of all.

    Returns
    -------
    Path
        The file, or for zarr the directory, to open.

    Raises
    ------
    RunError
        The format is unknown, the run has no snapshot yet, or the files cannot be written.
    ImportError
        The format needs a package that is not installed.
    """
    if to not in FORMATS:
        raise RunError(f"export: to = '{to}' is not known; allowed are {', '.join(FORMATS)}", code="unknown-name")
    if len(run.times) == 0:
        raise RunError(f"{run.path}: has no snapshot yet", code="no-snapshot")
    folder = run.path.resolve().parent / "exports" if output is None else output
    with safe.one_error(folder):
        safe.make_directory(folder) if output is None else folder.mkdir(parents=True, exist_ok=True)
        return FORMATS[to](run, folder, report)


def _pvd(run: Run, folder: Path, report: Callable[[int, int], Any]) -> Path:
    """A collection of files in VTK's XML formats, one for each snapshot; every version of ParaView opens it."""
    names = []
    for name, snapshot in _numbered(run, folder, report):
        names.append(f"{name}.{_kind(snapshot)[0]}")
        safe.replace(folder / names[-1], _vtk_xml(snapshot), below=2, lasting=False)
    lines = [
        f"    <DataSet timestep={quoteattr(repr(float(time)))} part=\"0\" file={quoteattr(name)}/>"
        for time, name in zip(run.times, names, strict=True)
    ]
    head = ['<?xml version="1.0"?>', '<VTKFile type="Collection" version="0.1">', "  <Collection>"]
    text = "\n".join([*head, *lines, "  </Collection>", "</VTKFile>", ""])
    return _put(folder / f"{run.name}.pvd", text)


def _vtk_xml(snapshot: Snapshot | MeshSnapshot) -> bytes:
    """A snapshot in VTK's XML, compressed, in plain characters."""
    from vtkmodules import vtkIOXML

    grid = to_pyvista(snapshot)
    components = [snapshot.fields[name].ravel(order="F") for name in COMPONENTS if name in snapshot.fields]
    if components:
        missing = [np.zeros_like(components[0])] * (3 - len(components))
        grid.cell_data[VECTOR] = np.column_stack([*components, *missing])
    writer = getattr(vtkIOXML, f"vtkXML{_kind(snapshot)[1]}Writer")()
    writer.SetInputData(grid)
    writer.SetDataModeToBinary()
    writer.WriteToOutputStringOn()
    if not writer.Write():
        raise OSError(0, "VTK cannot write a snapshot")
    return writer.GetOutputString().encode()


def _kind(snapshot: Snapshot | MeshSnapshot) -> tuple[str, str]:
    """Ending of the files of VTK's XML, and VTK's name of the grid."""
    if isinstance(snapshot, MeshSnapshot):
        return "vtu", "UnstructuredGrid"
    return ("vti", "ImageData") if snapshot.heights is None else ("vtr", "RectilinearGrid")


def _xdmf(run: Run, folder: Path, report: Callable[[int, int], Any]) -> Path:
    path = _put(folder / f"{run.name}.xmf", xdmf(run, folder))
    report(len(run.times), len(run.times))
    return path


def _csv(run: Run, folder: Path, report: Callable[[int, int], Any]) -> Path:
    """A table for each snapshot, a row for each cell, and a table of the times."""
    rows = []
    for name, snapshot in _numbered(run, folder, report):
        places = _centres(snapshot)
        heads = [f"{axis} [um]" for axis in "xyz"[: len(places)]]
        heads += [_text(in_units(run, field)) for field in snapshot.fields]
        table = np.column_stack([*places, *(values.ravel(order="F") for values in snapshot.fields.values())])
        content = io.StringIO()
        csv.writer(content, lineterminator="\n").writerow(heads)
        np.savetxt(content, table, fmt="%.10g", delimiter=",")
        safe.replace(folder / f"{name}.csv", content.getvalue().encode(), below=2, lasting=False)
        rows.append((repr(float(snapshot.time)), _text(f"{name}.csv")))
    content = io.StringIO()
    csv.writer(content, lineterminator="\n").writerows([("Time [s]", "File"), *rows])
    return _put(folder / f"{run.name}_times.csv", content.getvalue())


def _text(text: str) -> str:
    """A text for a table, quoted if it begins with a sign with which formulas of spreadsheets begin."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else printable(text)


def _centres(snapshot: Snapshot | MeshSnapshot) -> Sequence[np.ndarray]:
    """Coordinates of all cells [µm], x first, in the order in which fields are written: x varies fastest."""
    if isinstance(snapshot, MeshSnapshot):
        return list(snapshot.centres.T)
    axes = [snapshot.centres(axis) for axis in range(snapshot.dimension)]
    return [places.ravel(order="F") for places in np.meshgrid(*axes, indexing="ij")]


def _zarr(run: Run, folder: Path, report: Callable[[int, int], Any]) -> Path:
    """The arrays of `Run.to_xarray` in a Zarr store, which is a directory."""
    optional("zarr")
    path = folder / f"{run.name}.zarr"
    if content := safe.names(path, 2):
        if not {"zarr.json", ".zgroup"} & set(content):
            raise RunError(f"{path}: is not replaced, because it is not a Zarr store", code="foreign-files")
        safe.remove(path)
    run.to_xarray().to_zarr(path, mode="w-", consolidated=False)
    report(len(run.times), len(run.times))
    return path


def _numbered(run: Run, folder: Path, report: Callable[[int, int], Any]) -> Iterator[tuple[str, Any]]:
    """Snapshots with the names of their files, without ending, in a directory of the run's name."""
    safe.make_directory(folder / run.name)
    count = len(run.times)
    for number, snapshot in enumerate(run.snapshots):
        yield f"{run.name}/{run.name}_{number:0{len(str(count - 1))}d}", snapshot
        report(number + 1, count)


def _put(path: Path, text: str) -> Path:
    safe.replace(path, text.encode(errors="surrogateescape"), lasting=False)
    return path


#: Writers by format: each writes into a folder and returns what to open.
FORMATS: dict[str, Callable[[Run, Path, Callable[[int, int], Any]], Path]] = {
    "pvd": _pvd, "xdmf": _xdmf, "csv": _csv, "zarr": _zarr,
}  # fmt: skip
