"""A description in XDMF of the snapshots of a run: ParaView then reads the run's own file, and nothing is copied.

Format: https://www.xdmf.org/index.php/XDMF_Model_and_Format, as ParaView's reader of XDMF 2 takes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from phasefield.errors import RunError
from phasefield.io.rundir import FIELDS, MeshSnapshot, Run, Snapshot


def xdmf(run: Run, folder: Path) -> str:
    """The text of a file in a folder, which names the file of the run relative to it.

    Raises
    ------
    RunError
        The path has a colon, which separates file and field in XDMF.
    """
    file = os.path.relpath(run.path.resolve() / FIELDS, folder.resolve())
    if ":" in file:
        raise RunError(f"{file}: a path with a colon cannot be written in XDMF; use another format", code="unwritable")
    first, count = run.snapshot(0), len(run.times)
    names = [name for name in first.fields if "/" not in name]
    lines = ['<?xml version="1.0"?>', '<Xdmf Version="2.0">', "<Domain>",
             f'<Grid Name={quoteattr(run.name)} GridType="Collection" CollectionType="Temporal">']  # fmt: skip
    for number, time in enumerate(run.times):
        lines += [f'<Grid Name="{number}" GridType="Uniform">', f'<Time Value="{float(time)!r}"/>', *_grid(first, file)]
        for name in names:
            lines.append(f'<Attribute Name={quoteattr(name)} AttributeType="Scalar" Center="Cell">')
            lines += [*_values(first, file, name, number, count), "</Attribute>"]
        lines.append("</Grid>")
    return "\n".join([*lines, "</Grid>", "</Domain>", "</Xdmf>", ""])


def _grid(snapshot: Snapshot | MeshSnapshot, file: str) -> Iterator[str]:
    if listed := _listed(snapshot):
        kind, corners, cells, points = listed
        yield f'<Topology TopologyType="{kind}" NodesPerElement="{corners}" NumberOfElements="{cells}">'
        yield _data(file, "Connectivity", str(corners * cells), 'NumberType="Int" Precision="8"')
        yield '</Topology><Geometry GeometryType="XYZ">'
        yield _data(file, "Points", f"{points} 3", _DOUBLE)
    else:
        assert isinstance(snapshot, Snapshot)
        ends = " ".join(str(n + 1) for n in _cells(snapshot))
        missing = 3 - snapshot.dimension
        yield f'<Topology TopologyType="3DCoRectMesh" Dimensions="{ends}"/><Geometry GeometryType="ORIGIN_DXDYDZ">'
        for numbers in ((*snapshot.origin, *(0.0,) * missing), (*snapshot.spacing, *_thickness(snapshot))):
            yield f'<DataItem Dimensions="3" Format="XML">{" ".join(map(repr, numbers[::-1]))}</DataItem>'
    yield "</Geometry>"


def _values(snapshot: Snapshot | MeshSnapshot, file: str, name: str, number: int, count: int) -> Iterator[str]:
    """One time of a field, cut out of what holds all times."""
    if listed := _listed(snapshot):
        size = listed[2]
        shape, whole, start, extent = f"{size}", f"{count * size}", [number * size], [size]
    else:
        assert isinstance(snapshot, Snapshot)
        cells = _cells(snapshot)
        shape = " ".join(map(str, cells))
        whole, start, extent = f"{count} {shape}", [number, 0, 0, 0], [1, *cells]
    slab = " ".join(map(str, [*start, *(1 for _ in start), *extent]))
    yield f'<DataItem ItemType="HyperSlab" Type="HyperSlab" Dimensions="{shape}">'
    yield f'<DataItem Dimensions="3 {len(start)}" Format="XML">{slab}</DataItem>'
    yield _data(file, f"CellData/{name}", whole, _DOUBLE) + "</DataItem>"


def _listed(snapshot: Snapshot | MeshSnapshot) -> tuple[str, int, int, int] | None:
    """Where the file lists the cells by their corners, and the values of all times one after the other: kind of the
    cells in XDMF, corners of each, number of cells, and of points.
    """
    if isinstance(snapshot, MeshSnapshot):
        return "Triangle", 3, len(snapshot.corners), len(snapshot.points)
    if snapshot.heights is None:
        return None
    kind = {1: "Polyline", 2: "Quadrilateral", 3: "Hexahedron"}[snapshot.dimension]
    return kind, 2**snapshot.dimension, prod(snapshot.shape), prod(n + 1 for n in snapshot.shape)


_DOUBLE = 'NumberType="Float" Precision="8"'


def _data(file: str, name: str, shape: str, kind: str) -> str:
    return f'<DataItem Format="HDF" {kind} Dimensions="{shape}">{escape(f"{file}:/VTKHDF/{name}")}</DataItem>'


def _cells(snapshot: Snapshot) -> tuple[int, ...]:
    """Cells along z, y and x; missing axes are one cell thick."""
    return (*(1,) * (3 - snapshot.dimension), *snapshot.shape[::-1])


def _thickness(snapshot: Snapshot) -> tuple[float, ...]:
    """Size of a cell along the missing axes, as in the run's own file."""
    return (snapshot.spacing[0],) * (3 - snapshot.dimension)
