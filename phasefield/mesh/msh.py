"""Gmsh's mesh files, MSH 4.1 and 2.2 in ASCII: nodes, edges and triangles with their physical groups.

Files are not trusted: memory is allocated by their actual size, never by the counts written in them.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasefield.errors import Code, PhasefieldError

#: The longest text that is read [byte]: a million triangles take 80 million.
MOST_BYTES = 200_000_000
#: Gmsh's types of the elements that are read (edge, triangle), and their numbers of corners; points are skipped.
LINE, TRIANGLE, POINT = 1, 2, 15
_CORNERS = {LINE: 2, TRIANGLE: 3, POINT: 1}
_NAMED = re.compile(r'([0-3])\s+([0-9]{1,9})\s+"([^"]{1,200})"')
_FORMATS = {"2": "2", "2.1": "2", "2.2": "2", "4.1": "4.1"}


@dataclass(frozen=True, eq=False)
class Mesh:
    """Content of a mesh file.

    Attributes
    ----------
    names : dict of str
        Names of physical curves, by number.
    nodes : dict of tuple of float
        Coordinates by Gmsh's number.
    edges : list of (int, int, int)
        Physical curve and the numbers of two nodes; an edge of several curves is there several times.
    triangles : ndarray of int, shape (triangles, 3)
        Numbers of nodes.
    """

    names: dict[int, str]
    nodes: dict[int, list[float]]
    edges: list[tuple[int, int, int]]
    triangles: NDArray[np.int64]


class _Malformed(Exception):
    """A problem of the file; the message does not name the file."""

    def __init__(self, message: str, code: Code = "unreadable"):
        super().__init__(message)
        self.code: Code = code


def parse(text: str) -> Mesh:
    """Nodes, edges and triangles of a text.

    Parameters
    ----------
    text : str

    Raises
    ------
    PhasefieldError
        Another format, a part that is missing, cut off or does not add up, elements of another kind.
    """
    try:
        return _mesh(_sections(text))
    except _Malformed as fault:
        raise PhasefieldError(f"the mesh {fault}", code=fault.code) from None


def _sections(text: str) -> dict[str, str]:
    """Texts between ``$Name`` and ``$EndName``, by name."""
    found: dict[str, str] = {}
    at = text.find("$")
    while at >= 0:
        end = text.find("\n", at)
        name = text[at + 1 : end].strip() if end >= 0 else ""
        close = text.find(f"\n$End{name}", max(end - 1, 0)) if name.isalpha() and len(name) < 40 else -1
        if close < 0:
            shown = (text[at : at + 40].split() or ["$"])[0]
            raise _Malformed(f"is cut off, or is not text in MSH version 4.1 or 2.2: {shown!r} has no end")
        if name in found:
            raise _Malformed(f"has ${name} twice")
        found[name] = text[end:close]
        at = text.find("$", close + 2 + len(name))
    return found


def _mesh(sections: dict[str, str]) -> Mesh:
    if "MeshFormat" not in sections:
        raise _Malformed("is not text in MSH version 4.1 or 2.2: it has no $MeshFormat")
    form = sections["MeshFormat"].split()
    if len(form) != 3 or form[0] not in _FORMATS or form[1] != "0":
        shown = " ".join(form[:2])[:40]
        raise _Malformed(f"has format {shown!r}: save it as MSH version 4.1 or 2.2, in ASCII")
    for name in ("Nodes", "Elements"):
        if name not in sections:
            raise _Malformed(f"has no ${name}")
    if "PhysicalNames" not in sections:
        raise _Malformed("has no physical curves; its ends must be the physical curves 'bottom' and 'top'")
    names = _names(sections["PhysicalNames"])
    nodes, elements = _Numbers("$Nodes", sections["Nodes"]), _Numbers("$Elements", sections["Elements"])
    if _FORMATS[form[0]] == "2":
        return Mesh(names, _nodes_2(nodes), *_elements_2(elements))
    if "Entities" not in sections:
        raise _Malformed("has no $Entities")
    curves = _curves(_Numbers("$Entities", sections["Entities"]))
    return Mesh(names, _nodes_4(nodes), *_elements_4(elements, curves))


class _Numbers:
    """The numbers of a section, one after the other."""

    def __init__(self, section: str, text: str):
        self.section, self.at = section, 0
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # NumPy's warning for text that is not a number
            try:
                self.values = np.fromstring(text, float, sep=" ")
            except (ValueError, DeprecationWarning):
                raise _Malformed(f"has text in {section} that is not a number", "no-number") from None
        if not np.all(np.isfinite(self.values)):
            raise _Malformed(f"has numbers in {section} that are not finite", "no-number")

    def take(self, count: int) -> NDArray[np.float64]:
        """The next numbers."""
        if not 0 <= count <= self.values.size - self.at:
            raise _Malformed(f"has too few numbers in {self.section}: it is cut off, or a count is wrong")
        self.at += count
        return self.values[self.at - count : self.at]

    def whole(self, count: int) -> NDArray[np.int64]:
        """The next numbers, which must be whole."""
        found = self.take(count)
        if np.any((found != np.floor(found)) | (np.abs(found) > 2**53)):
            raise _Malformed(f"has {self.section} with a fraction where a whole number must be")
        return found.astype(np.int64)

    def one(self) -> int:
        """The next one, which must be whole."""
        return int(self.whole(1)[0])

    def finish(self) -> None:
        """Raise if something is left."""
        if self.at != self.values.size:
            raise _Malformed(f"has more numbers in {self.section} than its counts")


def _names(text: str) -> dict[int, str]:
    """By number, those of curves; the first line is their count."""
    found = {}
    for line in text.split("\n")[2:]:
        if not (line := line.strip()):
            continue
        if not (fits := _NAMED.fullmatch(line)) or not line.isprintable():
            raise _Malformed("has a line in $PhysicalNames that is not a dimension, a number and a name")
        if fits[1] == "1":
            found[int(fits[2])] = fits[3]
    return found


def _nodes_2(numbers: _Numbers) -> dict[int, list[float]]:
    count = numbers.one()
    rows = numbers.take(4 * count).reshape(-1, 4)
    numbers.finish()
    return _by_number(rows[:, 0], rows[:, 1:])


def _nodes_4(numbers: _Numbers) -> dict[int, list[float]]:
    blocks, total, _, _ = numbers.whole(4)
    tags, points = [np.empty(0)], [np.empty((0, 3))]
    for _ in range(blocks):
        dimension, _, parametric, count = (int(n) for n in numbers.whole(4))
        if parametric not in (0, 1) or not 0 <= dimension <= 3:
            raise _Malformed("has a block of $Nodes that does not conform to MSH 4.1")
        tags.append(numbers.take(count))
        width = 3 + dimension * parametric
        points.append(numbers.take(width * count).reshape(-1, width)[:, :3])
    numbers.finish()
    found = np.concatenate(tags)
    if found.size != total:
        raise _Malformed(f"has {found.size} nodes, but its count is {total}")
    return _by_number(found, np.concatenate(points))


def _by_number(tags, points) -> dict[int, list[float]]:
    if np.any((tags != np.floor(tags)) | (tags < 1) | (tags > 2**53)):
        raise _Malformed("has nodes whose number is not whole and positive")
    if points.size and np.abs(points).max() > 1e100:
        raise _Malformed("has coordinates beyond 1e100", "limit-passed")
    found = dict(zip(tags.astype(np.int64).tolist(), points.tolist(), strict=True))
    if len(found) < tags.size:
        raise _Malformed("has two nodes with the same number")
    return found


def _elements_2(numbers: _Numbers):
    """Edges and triangles: each is number, kind, number of tags, tags (physical group first), corners."""
    count, edges, triangles = numbers.one(), [], []
    flat, at = numbers.whole(numbers.values.size - 1).tolist(), 0
    for _ in range(min(count, len(flat))):
        if at + 3 > len(flat):
            break
        kind, tags = flat[at + 1 : at + 3]
        corners = _corners(kind)
        if not 1 <= tags <= 1000:
            raise _Malformed("has elements without a physical group")
        at += 3 + tags + corners
        if kind == LINE:
            edges.append((flat[at - corners - tags], *flat[at - 2 : at]))
        elif kind == TRIANGLE:
            triangles.append(flat[at - 3 : at])
    if at != len(flat) or not 0 <= count <= len(flat):
        raise _Malformed("has numbers in $Elements that do not match their count: it is cut off, or the count is wrong")
    return edges, _table(triangles)


def _elements_4(numbers: _Numbers, curves: dict[int, list[int]]):
    blocks, total, _, _ = numbers.whole(4)
    edges, triangles, found = [], [np.empty((0, 3), np.int64)], 0
    for _ in range(blocks):
        _, entity, kind, count = (int(n) for n in numbers.whole(4))
        width = 1 + _corners(kind)
        rows = numbers.whole(width * count).reshape(-1, width)[:, 1:]
        found += count
        if kind == TRIANGLE:
            triangles.append(rows)
        elif kind == LINE:
            groups = curves.get(entity, [])
            edges += [(group, a, b) for a, b in rows.tolist() for group in groups]
    numbers.finish()
    if found != total:
        raise _Malformed(f"has {found} elements, but its count is {total}")
    return edges, _table(np.concatenate(triangles))


def _curves(numbers: _Numbers) -> dict[int, list[int]]:
    """Physical groups of the curves; those of reversed direction are negative in the file."""
    counts = numbers.whole(4)
    if np.any(counts < 0):
        raise _Malformed("has a negative count in $Entities")
    found = {}
    for dimension, count in enumerate(counts):
        for _ in range(count):
            tag = numbers.one()
            numbers.take(6 if dimension else 3)
            groups = np.abs(numbers.whole(numbers.one())).tolist()
            if dimension:
                numbers.whole(numbers.one())
            if dimension == 1:
                found[tag] = groups
    numbers.finish()
    return found


def _corners(kind: int) -> int:
    if kind not in _CORNERS:
        raise _Malformed("must be of triangles with three corners, and nothing else", "bad-mesh")
    return _CORNERS[kind]


def _table(triangles) -> NDArray[np.int64]:
    found = np.array(triangles, np.int64).reshape(-1, 3)
    if not len(found):
        raise _Malformed("must be of triangles with three corners, and nothing else", "bad-mesh")
    return found
