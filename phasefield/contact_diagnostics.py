"""What is measured on a contact: pure functions of an engine's state, the same on every rank.

Everything is dimensionless as in :mod:`phasefield.models.contact`; a current that lithiates the electrode is positive.
Maps cover the plane of contact, axes (…, y, x); nothing larger is ever sent between ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.contact_geometry import Patch
from phasefield.geometry import lateral_distance
from phasefield.models.contact import plane_of


@dataclass(frozen=True)
class ContentSpread:
    """Lithium content in the electrode, and how uneven it is.

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
        Of the electrolyte under an even current.
    constriction : float
        What crowding the current into the patches adds to it.
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
    total = engine.comm.allreduce(float(engine.owned("c")[inside].sum()), MPI.SUM)
    return total / engine.slab.layer * engine.slab.spacing[-1]


def plane_map(engine, values) -> np.ndarray:
    """Values of a FiPy face variable on the plane of contact, one for each column of cells.

    Parameters
    ----------
    values : ndarray, shape (faces,)

    Returns
    -------
    ndarray, shape (…, y, x)
    """
    slab, mesh = engine.slab, engine.mesh
    faces = np.flatnonzero(plane_of(engine.v.electrode).value > 0.5)
    below = np.asarray(mesh.faceCellIDs[0])[faces]
    layer = below // slab.layer + slab.ghost_start
    own = (layer >= slab.start) & (layer < slab.stop)  # a cell's upper face is counted by the rank that owns the cell
    out = np.zeros(slab.layer)
    out[below[own] % slab.layer] = np.asarray(values)[faces[own]]
    engine.comm.Allreduce(MPI.IN_PLACE, out, MPI.SUM)
    return out.reshape(slab.shape[-2::-1])


def current_map(engine) -> np.ndarray:
    """Current density through the plane of contact, per area of the plane."""
    return plane_map(engine, engine.gradient_flux("phi").value[-1])


def current(engine) -> float:
    """Mean current density into the electrode, measured at the counter electrode."""
    if engine.model.galvanostatic:
        return float(engine.model.current.value)
    last, value = engine.comm.size - 1, 0.0
    if engine.comm.rank == last:
        value = float(np.mean(engine.gradient_flux("phi").value[-1][engine.top_faces]))
    return engine.comm.bcast(value, last)


def coverage_map(engine) -> np.ndarray:
    """Fraction of each cell's face that is in contact; its mean is the contact fraction."""
    return plane_map(engine, engine.v.coverage.faceValue.value)


def surface_content_map(engine) -> np.ndarray:
    """Lithium content in the layer of the electrode that faces the electrolyte."""
    v = engine.v
    return plane_map(engine, 2 * (v.c * v.electrode).faceValue.value)


def column_content_map(engine) -> np.ndarray:
    """Lithium content averaged over the electrode's thickness, for each column of cells."""
    inside = engine.owned("electrode") > 0.5
    sums = np.stack([np.sum(engine.owned("c") * inside, axis=0), np.sum(inside, axis=0)]).astype(float)
    engine.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
    return sums[0] / sums[1]


def hot_spot(engine) -> float:
    """Largest over mean current density of the patches, each per area of contact, where cells are all in contact."""
    current, covered = current_map(engine), coverage_map(engine)
    whole = covered > 1 - 1e-9
    return float(np.abs(current[whole]).max() / (np.abs(current.sum()) / covered.sum()))


def rim_over_centre(engine, patches: Sequence[Patch]) -> float:
    """Mean current density in the outer tenth of the patches' radius over that in their inner third."""
    current, covered, slab = current_map(engine), coverage_map(engine), engine.slab
    axes = [(np.arange(n) + 0.5) * h for n, h in zip(slab.shape[:-1], slab.spacing[:-1], strict=True)]
    lateral = np.meshgrid(*axes[::-1], indexing="ij")[::-1]
    ratio = np.min([lateral_distance(lateral, p.position) / p.radius for p in patches], axis=0)
    rim, centre = (ratio > 0.9) & (covered > 0), ratio < 1 / 3

    def density(where):
        return np.sum(current[where]) / np.sum(covered[where])

    return float(density(rim) / density(centre))


def cell_voltage(engine) -> float:
    """Potential of the electrode against the counter electrode, minus the ion potential on the top of the box."""
    last = engine.comm.size - 1
    value = 0.0
    if engine.comm.rank == last:
        value = -float(np.mean(_top_potential(engine)))
    return engine.comm.bcast(value, last)


def _top_potential(engine):
    top, v, model = engine.top_faces, engine.v, engine.model
    φ = v.phi.faceValue.value[top]
    if model.galvanostatic:  # the face value FiPy has is the cell's: no gradient is told to it
        φ = φ + 0.5 * model.p.cell * model.resistivity(v).faceValue.value[top] * float(model.current.value)
    return φ


def resistance(engine) -> Resistance:
    """Where the polarisation comes from: the power lost in each part, over the square of the current.

    Valid while current flows. The parts add up to (U(mean x) − E)/i, i the mean current density.
    """
    v, model = engine.v, engine.model
    p, cell = model.p, model.p.cell
    j = current_map(engine)
    i = float(j.mean())
    drop = plane_map(engine, model.contact(v)[0].value)
    cells = plane_map(engine, model.cell_resistance(v).value)
    ρ = model.resistivity(v)
    share = plane_map(engine, (ρ * v.electrode).faceValue.value / ρ.faceValue.value)  # of the electrode's half cell
    covered = np.where(coverage_map(engine) > 0, coverage_map(engine), 1.0)
    local = j / covered
    φ_electrode = plane_map(engine, 2 * (v.phi * v.electrode).faceValue.value)
    surface = φ_electrode + local * cells * share  # of the electrode; φ rises upward, against the current
    interface = -drop - local * cells
    outside = surface + interface

    def mean(potential):
        """Of what the current passes."""
        return float(np.mean(j * potential)) / i

    x = content_spread(engine).mean
    height = engine.slab.shape[-1] * cell - _thickness(engine)
    even = height / p.conductivity
    return Resistance(
        electrolyte=even,
        constriction=(-cell_voltage(engine) - mean(outside)) / i - even,
        interface=mean(interface) / i,
        electrode=(mean(surface) + float(p.storage.potential(x))) / i,
    )


def _thickness(engine) -> float:
    inside = engine.comm.allreduce(int(np.sum(engine.owned("electrode") > 0.5)), MPI.SUM)
    return inside / engine.slab.layer * engine.slab.spacing[-1]


@dataclass(frozen=True)
class Cutoff:
    """Ends a charge or discharge: an observer of the march; the charge passed until then is the accessible capacity.

    Attributes
    ----------
    engine : FipyEngine
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
        """Why to stop, or None."""
        voltage, spread = cell_voltage(self.engine), content_spread(self.engine)
        if not self.lowest <= voltage <= self.highest:
            return f"cell voltage {voltage:.4g} RT/F reached its cut-off"
        if spread.lowest <= self.emptiest:
            return f"lithium content fell to {spread.lowest:.4g} in a part of the electrode"
        if spread.highest >= self.fullest:
            return f"lithium content rose to {spread.highest:.4g} in a part of the electrode"
        return None


def accessible_capacity(engine, initial: float) -> float:
    """Lithium taken up or given off so far over all sites of the electrode [1].

    Parameters
    ----------
    initial : float
        :func:`stored` at the start.
    """
    return abs(stored(engine) - initial) / _thickness(engine)
