r"""Nuclei of lithium on the bare collector: when they form, and how they grow until the mesh resolves them.

A collector has sites, whose places are drawn once. A free site becomes a nucleus when the overpotential there passes
its own value, or, in classical nucleation, at a rate that the overpotential sets. An unresolved nucleus is a cap of the
radius R, with a nominal area, that is spread over the cells of the collector within the smallest resolved radius: n is
the number of nuclei per volume there, ν their lithium. Its surface grows with the velocity v that charge transfer gives
it in its cell, in series with the electrolyte in which its current converges from the smallest resolved radius to R:

.. math::

   \nu = n V_1 R^d, \qquad \partial_t R = \frac{A_1}{d V_1} v .

V₁ and A₁ are volume and area of a cap of unit radius. ν is an unknown of the equations: it takes up charge and salt as
ξ does. Once R is the smallest resolved radius, or other lithium covers the site, ν becomes a diffuse cap in ξ, with the
same charge. Decision record 036.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy.tools import numerix

from phasefield.mesh.caps import Cap
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.surface import electrolyte
from phasefield.theory.root import root

#: ξ at a site from which on other lithium covers it.
COVERED = 0.5
#: Radius of a nucleus without lithium over the critical one, at most.
EMPTY = 1.001
#: Distance [δ_PF] of a cap's surface below its centre at which no lithium is left of it.
FAINT = 10.0
#: Number of nuclei per volume that is none, and radius or volume that is.
NONE, TINY = 1e-12, 1e-18


@dataclass(frozen=True)
class Nucleus:
    """What all nuclei have in common, dimensionless.

    Attributes
    ----------
    cap : Cap
        Their shape.
    critical : float [δ_PF]
        Radius with which they begin; the lithium of this size is not counted.
    capacitance : float
        Of the double layer, per area of the bare collector.
    """

    cap: Cap
    critical: float
    capacitance: float

    @property
    def resolved(self) -> float:
        """Radius of the smallest resolved cap [δ_PF]."""
        return self.cap.resolved

    @property
    def footprint(self) -> float:
        """Radius of the part of the collector that the smallest resolved cap covers or overhangs [δ_PF]."""
        return self.resolved * (self.cap.base if self.cap.height < 1 else 1.0)

    def radius(self, each):
        """Radius of a nucleus with a volume of lithium: arrays, or FiPy variables."""
        d = self.cap.dimension
        return (_positive(each) / self.cap.volume + self.critical**d) ** (1 / d)

    def radius_of(self, number, lithium):
        """R of the nuclei in a cell, from n and ν."""
        return self.radius(lithium / (number + NONE))

    def area(self, number, lithium):
        """Area per volume of the nuclei in a cell, from n and ν [1/δ_PF]."""
        return number * self.cap.area * self.radius_of(number, lithium) ** (self.cap.dimension - 1)

    def growth(self, number, lithium, dt, velocity: Callable) -> Any:
        """∂ν/∂t over a time step, exact for a velocity that is constant in it; all of ν dissolves at most.

        Parameters
        ----------
        number, lithium : fipy.CellVariable
            n, and ν at the start of the step.
        dt : fipy.Variable
        velocity : callable
            ``velocity(where, distance)``: v from the fields at the end of the step, and from the distance that stands
            for the electrolyte around a nucleus; needed where the first is 1, not where it is 0.
        """
        d, where = self.cap.dimension, 0.5 + 0.5 * numerix.sign(number - NONE)
        r = self.radius_of(number, lithium)
        inside = _positive(self.resolved - r)  # 0 for a nucleus that is due to be resolved
        # Resistance of the shell between r and the smallest resolved radius, times the area of the nucleus
        distance = r * (inside / self.resolved if d == 3 else numerix.log(1 + inside / r))
        then = self.critical + _positive(r + self.cap.spread * velocity(where, distance) * dt - self.critical)
        return number * self.cap.volume * (then**d - r**d) / dt


def _positive(x):
    """x where it is positive, else 0; smooth, for Newton's method."""
    return 0.5 * (x + numerix.sqrt(x * x + TINY**2))


class Nuclei:
    """The nuclei of a run: an observer of its steps, whose state checkpoints save.

    Everything is decided from the layer of cells at the collector, which all ranks have as a whole, in the order of the
    sites; so the nuclei are the same on any number of ranks.

    Parameters
    ----------
    nucleus : Nucleus
    positions : ndarray, shape (sites, lateral axes) [δ_PF]
    overpotentials : ndarray, shape (sites,) [RT/F]
        At which each site becomes a nucleus; not used with a `rate`.
    patience : ndarray, shape (sites,) [1]
        Integral of the rate at which each site becomes a nucleus.
    rate : callable or None
        Rate at which free sites become nuclei by their positive overpotentials, ``rate(ndarray) -> ndarray``; None if
        each has an overpotential of its own.
    pressure : float [RT/F]
        Of the lithium.

    Attributes
    ----------
    active : ndarray of bool, shape (sites,)
        Sites with an unresolved nucleus.
    waited : ndarray, shape (sites,) [1]
        Integral of the rate of each site since it was free.
    formed : int
        Nuclei formed so far.
    fastest : float [1]
        Largest growth of a radius over time in the last step.
    area : float [1]
        Area of the unresolved nuclei over that of the collector, after the last step.
    """

    def __init__(self, nucleus: Nucleus, positions, overpotentials, patience, rate=None, pressure: float = 0.0):
        self.nucleus, self.positions, self.rate, self.pressure = nucleus, positions, rate, pressure
        self.overpotentials, self.patience = overpotentials, patience
        self.active = np.zeros(len(positions), bool)
        self.waited = np.zeros(len(positions))
        self.formed, self.fastest, self.area = 0, 0.0, 0.0
        self.engine: Any = None

    # -- decisions, without fields ---------------------------------------------------------------------

    def born(self, overpotential, free, dt: float):
        """Sites at which a nucleus forms in a step; they are active then.

        Parameters
        ----------
        overpotential : ndarray, shape (sites,) [RT/F]
            Of plating, positive.
        free : ndarray of bool, shape (sites,)
            Whether the collector is bare there.
        dt : float [1]

        Returns
        -------
        ndarray of bool, shape (sites,)
        """
        ready = free & ~self.active & (overpotential > 0)
        if self.rate is None:
            new = ready & (overpotential >= self.overpotentials)
        else:
            self.waited[ready] += dt * self.rate(overpotential[ready])
            new = ready & (self.waited >= self.patience)
            self.waited[new] = 0.0
        self.active |= new
        self.formed += int(new.sum())
        return new

    # -- in a run --------------------------------------------------------------------------------------

    def attach(self, engine) -> None:
        """Use an engine, which is in its initial state or about to be restored."""
        self.engine = engine
        box = engine.box
        centres = [(np.arange(n) + 0.5) * h for n, h in zip(box.shape[:-1], box.spacing[:-1], strict=True)]
        self._cell = float(np.prod(box.spacing[:-1])) * box.end_width("bottom")  # volume
        self._collector = float(np.prod([box.length(axis) for axis in range(len(centres))]))  # area
        self._columns = np.meshgrid(*centres)  # arrays of columns have the axes (y, x)
        self._footprints = [self._footprint(position) for position in self.positions]
        self._show()

    def _footprint(self, position):
        """Columns of a site and their weights, which sum to one."""
        r = np.sqrt(sum((x - p) ** 2 for x, p in zip(self._columns, position, strict=True)))
        weights = np.clip((self.nucleus.footprint - r) / self.engine.box.spacing[0] + 0.5, 0.0, 1.0)
        at = np.nonzero(weights)
        return at, weights[at] / weights[at].sum()

    def __call__(self, progress) -> None:
        """Note a step that was accepted: form nuclei, and resolve those that are large enough. Collective."""
        if progress.step == 0:
            return
        state, now = self.engine.state, self.bottom("nuclei")
        before = self.radii(self.bottom_of(state.old["nuclei"]))
        radii = self.radii(now)
        self.fastest = float(np.max((radii - before)[self.active] / progress.dt, initial=0.0))
        areas = self.nucleus.cap.area * radii[self.active] ** (self.nucleus.cap.dimension - 1)
        self.area = float(areas.sum()) / self._collector
        for k in np.flatnonzero(self.active & (self._covered() | (radii >= self.nucleus.resolved))):
            self._resolve(int(k))
        overpotential = self.mean(self.bottom("phi")) - self.pressure
        dissolved = self.radii(self.bottom("nuclei")) <= EMPTY * self.nucleus.critical
        empty = self.active & dissolved & (overpotential < 0)
        self.active &= ~empty
        self.born(overpotential, ~self._covered() & ~empty, progress.dt)
        self._show()

    def _covered(self):
        """Sites that resolved lithium covers. Collective."""
        return self.mean(self.bottom("xi")) >= COVERED

    def bottom(self, name: str):
        """A field in all cells at the collector, on every rank. Collective."""
        return self.bottom_of(self.engine.state.ghosted(name))

    def bottom_of(self, values):
        """The same of an array of the cells held. Collective."""
        box = self.engine.box
        mine = values[box.at_end("bottom", owned=True)] if box.touches("bottom") else np.zeros(box.owned_shape[1:])
        return self.engine.grid.over_columns(mine)

    def mean(self, columns):
        """Mean over the footprint of each site."""
        return np.array([columns[at] @ weights for at, weights in self._footprints])

    @property
    def density(self):
        """Number of unresolved nuclei per volume, in all columns."""
        total = np.zeros(self._columns[0].shape)
        for k in np.flatnonzero(self.active):
            at, weights = self._footprints[k]
            total[at] += weights / self._cell
        return total

    def volumes(self, lithium):
        """Lithium of each active nucleus, from that of all columns; 0 at other sites."""
        density, out = self.density, np.zeros(len(self.positions))
        for k in np.flatnonzero(self.active):
            at, weights = self._footprints[k]
            out[k] = np.sum(lithium[at] * weights / density[at])
        return out

    def radii(self, lithium):
        """Radius of each active nucleus, from the lithium of all columns."""
        return self.nucleus.radius(self.volumes(lithium))

    @property
    def largest_step(self) -> float:
        """Longest step in which no nucleus grows by more than a tenth of the smallest resolved one, as fast as now."""
        return 0.1 * self.nucleus.resolved / self.fastest if self.fastest else np.inf

    def _show(self) -> None:
        """Set the field of the number of nuclei per volume."""
        sites = self.engine.state.ghosted("sites")
        sites[...] = 0.0
        self._add_to_bottom(sites, self.density)

    def _add_to_bottom(self, held, columns) -> None:
        box = self.engine.box
        if box.ghosted[-1][0] == 0:
            held[0] += columns[tuple(slice(a, b) for a, b in box.ghosted[-2::-1])]

    def _resolve(self, k: int) -> None:
        """Turn a nucleus into a diffuse cap of ξ: the sum of lithium, double layer and salt stays as it is."""
        engine, state, model, box = self.engine, self.engine.state, self.engine.model, self.engine.box
        at, weights = self._footprints[k]
        lithium = np.zeros(self._columns[0].shape)
        lithium[at] = self.bottom("nuclei")[at] * weights / (self._cell * self.density[at])
        fields = state.now | state.fixed
        before = model.taken(fields)
        amount = float(lithium.sum()) * self._cell / self._collector
        *lateral, z = box.centres()
        radius = self.nucleus.resolved
        distance = self.nucleus.cap.distance(lateral, z, self.positions[k], radius)

        def with_cap(rho):
            return np.maximum(fields["xi"], equilibrium_profile(distance - rho, 1.0))

        def excess(rho):
            added = model.taken(fields | {"xi": with_cap(rho)}) - before
            return engine.grid.integral(box.own(added)) - amount

        far = radius + math.hypot(*(box.length(axis) for axis in range(len(box.shape))))
        capped = with_cap(root(excess, -FAINT, far)) if amount > 0 else fields["xi"].copy()
        salt = self._salt(fields["xi"]) if model.binary else 0.0
        state.put("xi", capped)
        self._add_to_bottom(state.now["nuclei"], -lithium)
        if model.binary:  # the electrolyte that the cap displaces
            state.put("c", state.now["c"] * (salt / self._salt(capped)))
        state.extrapolates = False
        self.active[k] = False

    def _salt(self, xi) -> float:
        """∫ s c."""
        density = electrolyte(xi, self.engine.model.p.floor) * self.engine.state.now["c"]
        return self.engine.grid.integral(self.engine.box.own(density))

    # -- what is measured ------------------------------------------------------------------------------

    @property
    def unresolved(self) -> int:
        """Number of unresolved nuclei."""
        return int(self.active.sum())

    # -- for checkpoints -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What has happened at each site, as JSON."""
        return {"active": self.active.astype(float).tolist(), "waited": self.waited.tolist(), "formed": self.formed}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, after the engine was restored."""
        active, waited = np.array(state["active"]) > 0, np.array(state["waited"], float)
        if active.shape != self.active.shape or waited.shape != self.waited.shape:
            raise ValueError(f"{len(self.active)} sites are expected")
        self.active, self.waited, self.formed = active, waited, state["formed"]
        self._show()
