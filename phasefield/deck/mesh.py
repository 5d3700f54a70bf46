"""A domain that is a box of cells or a mesh of triangles from Gmsh, with the same interface for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from phasefield.deck.base import Inconsistent, Length
from phasefield.deck.cell import Domain
from phasefield.deck.grading import Grading
from phasefield.deck.paths import below
from phasefield.errors import PhasefieldError, Problem
from phasefield.mesh.triangles import Triangles, read_triangles
from phasefield.units import UnitError, quantity

_OF_BOXES = ("size", "cells", "cell_size")


class BoxOrMesh(Domain):
    """Domain; for a mesh, ``size`` is its bounding rectangle, and ``cells`` has one entry, the number of triangles."""

    size: tuple[Length, ...] = Field(
        (),
        strict=False,
        description=(
            "Size of the box, one length per dimension; the last one is the height, along which lithium is plated. The "
            "lateral walls are mirror planes. Required unless `mesh` is given."
        ),
    )
    mesh: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description=(
            "Gmsh geometry (.geo; docs/engine.md lists its commands) or mesh (.msh, version 4.1 or 2.2, ASCII) that "
            "replaces the box; a path relative to the deck file; 2-D only. Its physical curves `bottom` and `top` are "
            "the electrode and the counter electrode and may have any shape; all other walls are mirror planes. "
            "Heights are distances from the electrode, and current densities are those at the counter electrode."
        ),
    )
    mesh_unit: Length | None = Field(
        None, description="Length of one unit of the coordinates in the mesh file; required with a mesh."
    )

    grading: Grading | None = Field(
        None,
        description=(
            "Cells that grow with the height above the lithium, for gaps that are much higher than it; `cells` and "
            "`cell_size` are then those of equal cells."
        ),
    )

    _triangles: Triangles | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _with_mesh(cls, data: Any, validate: Callable[[Any], BoxOrMesh], info: ValidationInfo) -> BoxOrMesh:
        triangles = _read(data, info.context) if isinstance(data, dict) else None
        if triangles is None:
            return validate(data)
        size = [f"{length!r} m" for length in triangles.size]
        domain = validate(data | {"size": size, "cells": [triangles.count]})
        domain._triangles = triangles
        return domain

    def problems(self) -> Iterator[Problem]:
        if self.mesh is None:
            if self.mesh_unit is not None:
                yield Problem("mesh_unit", "is only allowed together with domain.mesh")
            if not self.size:
                yield Problem("size", "is required, one length per dimension, unless domain.mesh is given")
            else:
                yield from self._box_problems()
            return
        if self.dimension != 2:
            yield Problem("dimension", "must be 2 with a mesh")
        if self.grading is not None:
            yield Problem("grading", "is only allowed for a box: remove it, or remove domain.mesh")
        if self.mesh_unit is None:
            yield Problem(
                "mesh_unit", 'is required with a mesh: give the length of one unit of its coordinates, such as "1 um"'
            )

    def _box_problems(self) -> Iterator[Problem]:
        found = list(super().problems())
        yield from found
        if self.grading is not None and not found:
            for problem in self.grading.problems_in(self.spacing[-1], self.size[-1]):
                yield Problem(f"grading.{problem.key}", problem.message)

    @property
    def triangles(self) -> Triangles:
        """Triangles of the mesh, in metres."""
        assert self._triangles is not None, "a box has no triangles"
        return self._triangles

    @property
    def spacing(self) -> tuple[float, ...]:
        """Edges of a cell [m]; for a mesh, those of the square with the area of its smallest triangle."""
        return (float(self.triangles.areas.min()) ** 0.5,) * 2 if self.mesh else super().spacing

    @property
    def edges(self) -> tuple[float | tuple[float, ...], ...]:
        """Edges of the cells by axis [m]: a number where all are equal, else one for each cell."""
        if self.grading is None:
            return self.spacing
        return (*self.spacing[:-1], self.grading.heights(self.spacing[-1], self.size[-1]))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells along each axis."""
        *_, heights = self.edges
        return (*self.cells[:-1], len(heights)) if isinstance(heights, tuple) else self.cells

    @property
    def lattice(self) -> float:
        """Distance between layers of cells along the height [m]; 0 for a mesh, which has no layers."""
        return 0.0 if self.mesh else self.spacing[-1]

    @property
    def height(self) -> float:
        """Smallest distance between electrode and counter electrode [m]."""
        return self.triangles.gap if self.mesh else self.size[-1]

    def coarsest(self, height: float) -> float:
        """Edge of the largest cells below a height over the electrode [m]."""
        return self.triangles.coarsest(height) if self.mesh else max(self.spacing)

    def over_electrode(self, coordinates: Sequence[Any]) -> list[Any]:
        """Coordinates [m], the last one replaced by the height over the electrode."""
        if not self.mesh:
            return list(coordinates)
        return [coordinates[0], self.triangles.distance(np.stack(coordinates, axis=-1))]


def _read(data: dict[str, Any], context: Any) -> Triangles | None:
    """The mesh that a section names, before validation; None if there is none, or another error must come first."""
    name, unit = data.get("mesh"), _unit(data.get("mesh_unit"))
    if not isinstance(name, str) or data.get("dimension") != 2 or unit is None:
        return None
    if both := [key for key in _OF_BOXES if key in data]:
        raise Inconsistent(
            [Problem(key, "is only allowed for a box: remove it, or remove domain.mesh") for key in both]
        )
    folder = (context or {}).get("folder")
    if folder is None:
        raise Inconsistent(
            [
                Problem(
                    "mesh",
                    "is a path relative to the deck file: study decks and decks given as text cannot use a mesh",
                )
            ]
        )
    try:
        triangles = read_triangles(_file(folder, name)).scaled(unit)
        if not 4 <= triangles.count <= 1_000_000:
            raise ValueError(f"has {triangles.count} triangles; 4 to 1000000 are allowed")
        return triangles
    except (ValueError, PhasefieldError) as error:
        raise Inconsistent([Problem("mesh", str(error))]) from None


def _file(folder: Path, name: str) -> Path:
    path = below(folder, name, "deck")
    if path.suffix not in (".geo", ".msh"):
        raise ValueError("must be a Gmsh geometry (.geo) or a Gmsh mesh (.msh)")
    return path


def _unit(text: Any) -> float | None:
    try:
        return quantity(text, "m")
    except UnitError:
        return None
