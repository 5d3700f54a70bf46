"""Measurements of a contact: pure functions of an engine's state, the same on every rank.

Everything is dimensionless as in :mod:`phasefield.physics.contact.model`; a current that lithiates the electrode is
positive. Maps cover the plane of contact, axes (…, y, x); nothing larger is ever sent between ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from mpi4py import MPI

from phasefield.engines.mesh import face_array, on_layers, show_layers
from phasefield.mesh.shapes import lateral_distance
from phasefield.physics.contact.geometry import Patch

#: Smallest difference of two potentials that is more than round-off, relative: resistances are then right to 1e-3.
LEAST_POLARISATION = 1e-10


@dataclass(frozen=True)
class ContentSpread:
    """Mean and spread of the lithium content in the electrode.

    Attributes
    ----------
    mean, std, lowest, highest : float [1]
    """

    mean: float
    std: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Resistance:
    """Area-specific resistances, referred to the whole plane, that add up to polarisation over current.

    Attributes
    ----------
    electrolyte : float
        Resistance of the electrolyte at uniform current.
    constriction : float
        Additional resistance because the current crowds into the patches.
    interface : float
        Charge transfer and layer.
    electrode : float
        Diffusion in the electrode, away from its mean content.
    """

    electrolyte: float
    constriction: float
    interface: float
    electrode: float

    @property
    def total(self) -> float:
        """Their sum."""
        return self.electrolyte + self.constriction + self.interface + self.electrode


def content_spread(engine) -> ContentSpread:
    """Mean, spread and extremes of the lithium content over the electrode."""
    inside = engine.owned("electrode") > 0.5
    x = engine.owned("c")[inside]
    comm = engine.comm
    count, total = comm.allreduce(x.size, MPI.SUM), comm.allreduce(float(x.sum()), MPI.SUM)
    mean = total / count
    square = comm.allreduce(float(np.sum((x - mean) ** 2)), MPI.SUM)
    low = comm.allreduce(float(x.min(initial=np.inf)), MPI.MIN)
    high = comm.allreduce(float(x.max(initial=-np.inf)), MPI.MAX)
    return ContentSpread(mean, float(np.sqrt(square / count)), low, high)


def stored(engine) -> float:
    """Lithium in the electrode per cross-section, ∫x dz: as charge in units of F c_max L."""
    inside = engine.owned("electrode") > 0.5
    return engine.grid.integral(engine.owned("c")[inside])


def moved(engine) -> float:
    """Lithium that moved within the electrode in this step, in the same units."""
    inside = engine.owned("electrode") > 0.5
    change = engine.owned("c") - engine.box.own(engine.state.old["c"])
    return engine.grid.integral(np.abs(change[inside]))


#: FiPy expressions on faces, of the model and its fields by name, that maps of the plane of contact show.
EXPRESSIONS: dict[str, Callable] = {
    "current": lambda model, v: model.gradient_fluxes(v)["phi"][-1],
    "coverage": lambda model, v: model.covered(v),
    "content": lambda model, v: 2 * (v.c * v.electrode).faceValue,
    "potential": lambda model, v: 2 * (v.phi * v.electrode).faceValue,
    "drop": lambda model, v: model.contact(v)[0],
    "cells": lambda model, v: model.cell_resistance(v),
    "share": lambda model, v: _electrode_share(model.resistivity(v), v),
}

#: Those that each engine has made already: making FiPy's expressions takes longer than evaluating them.
_declared: WeakKeyDictionary[Any, tuple[SimpleNamespace, dict[str, Any]]] = WeakKeyDictionary()


def plane_map(engine, name: str) -> np.ndarray:
    """One of `EXPRESSIONS` on the plane of contact, one value for each column of cells. Collective.

    Parameters
    ----------
    name : str

    Returns
    -------
    ndarray, shape (…, y, x)
    """
    box = engine.box
    first, stop = box.owned[-1]
    below = round(_thickness(engine) / box.sizes[-1]) - 1
    columns = np.zeros(box.owned_shape[1:])
    if first <= below < stop:  # the owner of a cell contributes its upper face
        if engine not in _declared:
            _declared[engine] = on_layers(engine.state, below, below + 2), {}
        v, expressions = _declared[engine]
        show_layers(v, engine.state, below, below + 2)
        if name not in expressions:
            expressions[name] = EXPRESSIONS[name](engine.model, v)
            expressions[name].cacheMe(recursive=True)  # several maps of a state have parts in common
        faces = face_array(v.mesh, expressions[name].value, v.mesh.dim - 1)
        columns = faces[1][box.inner[1:]]
    return engine.grid.over_columns(columns)


def current_map(engine) -> np.ndarray:
    """Current density through the plane of contact, per area of the plane."""
    return plane_map(engine, "current")


def current(engine) -> float:
    """Mean current density into the electrode, measured at the counter electrode."""
    if engine.model.galvanostatic:
        return float(engine.model.current.value)
    return engine.boundary_flux("phi", "top")


def coverage_map(engine) -> np.ndarray:
    """Fraction of each cell's face that is in contact; its mean is the contact fraction."""
    return plane_map(engine, "coverage")


def surface_content_map(engine) -> np.ndarray:
    """Lithium content in the layer of the electrode that faces the electrolyte."""
    return plane_map(engine, "content")


def column_content_map(engine) -> np.ndarray:
    """Lithium content averaged over the electrode's thickness, for each column of cells."""
    inside = engine.owned("electrode") > 0.5
    content, cells = (np.sum(x, axis=0) for x in (engine.owned("c") * inside, inside))
    return engine.grid.over_columns(content) / engine.grid.over_columns(cells)


def hot_spot(engine) -> float:
    """Largest over mean current density per area of contact, in the cells that touch most."""
    current, covered = current_map(engine), coverage_map(engine)
    whole = covered > (1 - 1e-9) * covered.max()
    return float(np.abs(current[whole] / covered[whole]).max() / (np.abs(current.sum()) / covered.sum()))


def rim_over_centre(engine, patches: Sequence[Patch]) -> float:
    """Mean current density in the outer tenth of the patches' radius over that in their inner third."""
    current, covered, box = current_map(engine), coverage_map(engine), engine.box
    axes = [(np.arange(n) + 0.5) * h for n, h in zip(box.shape[:-1], box.sizes[:-1], strict=True)]
    lateral = np.meshgrid(*axes[::-1], indexing="ij")[::-1]
    ratio = np.min([lateral_distance(lateral, p.position) / p.radius for p in patches], axis=0)
    rim, centre = (ratio > 0.9) & (covered > 0), ratio < 1 / 3

    def density(where):
        return np.sum(current[where]) / np.sum(covered[where])

    return float(density(rim) / density(centre))


def cell_voltage(engine) -> float:
    """Potential of the electrode against the counter electrode, minus the ion potential on the top of the box."""
    return -engine.grid.mean_at("top", lambda: _top_potential(engine))


def _top_potential(engine):
    """φ on the counter electrode's face, over the columns owned."""
    box, model = engine.box, engine.model
    if not model.galvanostatic:
        return np.full(box.owned_shape[1:], -float(model.voltage.value))
    cells = engine.state.layer("top", owned=True)
    return cells.phi + 0.5 * model.p.cell * model.resistivity(cells) * float(model.current.value)


def polarised(engine) -> bool:
    """Whether the cell voltage differs from the open-circuit potential by more than round-off."""
    voltage, rest = cell_voltage(engine), float(engine.model.potential(content_spread(engine).mean))
    return abs(voltage - rest) > LEAST_POLARISATION * max(abs(voltage), abs(rest))


def resistance(engine) -> Resistance:
    """Contributions to the polarisation: the power lost in each part, over the square of the current.

    Valid while current flows and polarises the cell. The parts add up to (U(mean x) − E)/i, i the mean current density.
    """
    model = engine.model
    p, cell = model.p, model.p.cell
    j = current_map(engine)
    i = float(j.mean())
    drop = plane_map(engine, "drop")
    cells = plane_map(engine, "cells")
    share = plane_map(engine, "share")
    covered = coverage_map(engine)
    covered = np.where(covered > 0, covered, 1.0)
    local = j / covered
    φ_electrode = plane_map(engine, "potential")
    surface = φ_electrode + local * cells * share  # of the electrode; φ rises upward, against the current
    interface = -drop - local * cells
    outside = surface + interface

    def mean(potential):
        """Mean weighted by the current."""
        return float(np.mean(j * potential)) / i

    x = content_spread(engine).mean
    height = engine.box.shape[-1] * cell - _thickness(engine)
    even = height / p.conductivity
    return Resistance(
        electrolyte=even,
        constriction=(-cell_voltage(engine) - mean(outside)) / i - even,
        interface=mean(interface) / i,
        electrode=(mean(surface) + float(model.potential(x))) / i,
    )


def _electrode_share(ρ, v):
    """Electrode's part of the resistance of the two half cells at a face."""
    return (ρ * v.electrode).faceValue / ρ.faceValue


def _thickness(engine) -> float:
    return engine.grid.integral(engine.owned("electrode") > 0.5)


@dataclass(frozen=True)
class Cutoff:
    """Observer that ends a charge or discharge; the charge passed until then is the accessible capacity.

    Attributes
    ----------
    engine : NewtonEngine
    lowest, highest : float [RT/F]
        Cell voltages to stop at.
    emptiest, fullest : float [1]
        Lithium contents anywhere in the electrode to stop at.
    """

    engine: object
    lowest: float = -np.inf
    highest: float = np.inf
    emptiest: float = 0.0
    fullest: float = 1.0

    def __call__(self, progress) -> str | None:
        """Reason to stop, or None."""
        voltage, spread = cell_voltage(self.engine), content_spread(self.engine)
        if not self.lowest <= voltage <= self.highest:
            return f"cell voltage {voltage:.4g} RT/F reached its cut-off"
        if spread.lowest <= self.emptiest:
            return f"lithium content fell to {spread.lowest:.4g} in a part of the electrode"
        if spread.highest >= self.fullest:
            return f"lithium content rose to {spread.highest:.4g} in a part of the electrode"
        return None


def accessible_capacity(engine, initial: float) -> float:
    """Lithium taken up or released so far, as a fraction of all sites of the electrode [1].

    Parameters
    ----------
    initial : float
        :func:`stored` at the start.
    """
    return abs(stored(engine) - initial) / _thickness(engine)
