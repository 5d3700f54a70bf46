r"""Lithium in a crack of a solid electrolyte: ions, charge transfer, and the volume that the lithium needs.

Lithium does not move through an intact solid. It is plated at the electrode, at the bottom of the box, and on both
faces of a crack, that the damage d describes. What is plated in the crack fills it, at the pressure p − R:

.. math::

   \nabla\!\cdot(\sigma(1 - m)\nabla\phi) &= a_c\,i(\phi - p + R) + a_e\,i(\phi - p_s)       &(1)\\
   c\,\partial_t p &= \nabla\!\cdot(K\nabla p) + a_c\,i(\phi - p + R)                   &(2)\\
   \partial_t d &= 0                                                                    &(3)

i(η) is the current density of plating by the rate law, for an overpotential that the normal traction lowers: p in the
crack, whose lithium is soft, and the stack pressure p_s at the electrode. m(d) is 1 in the cells of a crack, and 0 in
those beside it: the lithium is nanometres thick, and the electrolyte is there as far as the crack's faces. The
conductivity of a cell's face is a harmonic mean, so ions cross no crack. a_c is the area of the crack's faces per
volume, a_e that of the electrode in the cells at the bottom. c is the volume by which the crack opens per pressure, by
cell: a solution of the balance of forces. K is so large that p is uniform.

p is the pressure in the flaw at the start, where lithium flows freely. From there it flows along the crack, of the
opening w, against its yield stress in shear τ, which takes the pressure R = ∫ 2τ/w ds along the way
(:mod:`phasefield.mechanics.flow`). Where R is more than p the crack is dry: nothing presses on its faces, a_c is 0, and
ions do not cross it. Without a yield stress R = 0, and all of the crack is filled.

After each step the damage follows from the lithium: its volume V, which (2) keeps to the tolerance of the linear
solver, fills the crack, and the crack is as long as Griffith's balance requires
(:mod:`phasefield.mechanics.damage`). So a crack that grows at once does so at a given volume, while time stands still,
and p falls.

With `toughness`, the energy of what breaks in a step is that at the largest current density of plating in the crack.

A film (:mod:`phasefield.physics.crack.film`) adds its resistance at the electrode, and keeps the flaw empty until it
breaks.

With an open mouth the lithium flows out to the electrode, and p is the stack pressure.

Units: length that of the flaw, potential RT/F, current i₀, pressure RT/V_Li, time F a/(V_Li i₀).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy import DiffusionTerm, TransientTerm, Variable
from mpi4py import MPI

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.model import CoefficientField, Field, LaggedField
from phasefield.physics.crack.film import FilmParameters, SealingFilm

#: Part of the electrolyte's conductivity that is left in a crack.
LEAST_CONDUCTIVITY = 1e-6


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters.

    Attributes
    ----------
    conductivity : float
        σ.
    kinetics : ButlerVolmer or LinearKinetics
    cell : float
        Cell size along the height.
    flank : float
        Damage of the cells beside a crack.
    pressure : float
        Stack pressure.
    closed : bool
        Whether the lithium stays in the crack.
    toughness : callable, optional
        ``toughness(current) -> float``: over that without current, for the largest current density of plating in the
        crack.
    film : FilmParameters or None
        Film that closes the mouth of the flaw.
    conductance : float
        K; pressures differ by about current × length/K.
    """

    conductivity: float
    kinetics: Any
    cell: float
    flank: float
    pressure: float = 0.0
    closed: bool = True
    toughness: Callable | None = None
    film: FilmParameters | None = None
    conductance: float = 1e5


class LithiumCrack(DrivenModel):
    """Equations (1)-(3) for the parameters, the crack and the drive of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``phi``, ``p`` and ``d``.
    static : tuple of CoefficientField
        ``electrode``: a_e.
    crack
        ``response(damage, pressure, box)``, and ``grow(damage, content, grid)``, see
        :class:`phasefield.physics.crack.growth.FilledCrack`.
    """

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField], crack):
        super().__init__()
        self.p, self.fields, self.static, self.crack = parameters, tuple(fields), tuple(static), crack
        self.content = Variable(value=0.0, name="content")  # volume of lithium in the crack
        self.film = SealingFilm(parameters.film, parameters.pressure) if parameters.film else None
        self.scalars = (self.content, *(self.film.scalars if self.film else ()))
        self.solved: Any = None  # pressure in the cells owned, before the crack grew in the last step
        self.auxiliary = (
            LaggedField("faces", self._faces),
            LaggedField("solid", lambda fields, box: np.maximum(1 - self.broken(fields["d"]), LEAST_CONDUCTIVITY)),
            LaggedField("capacity", lambda fields, box: self._response(fields, box).by_cell),
            LaggedField("loss", lambda fields, box: self._response(fields, box).loss),
        )

    def _response(self, fields, box):
        return self.crack.response(fields["d"], float(self.content.value), box)

    def _faces(self, fields, box):
        """Area of the faces that lithium reaches."""
        return self._response(fields, box).reach * face_area(self.broken(fields["d"]), box)

    def equations(self, v, dt):
        crack, electrode = v.faces * self.plating(v.phi, v.p - v.loss), v.electrode * v.solid * self.plating(v.phi)
        self.sources = {"crack": crack, "electrode": electrode}
        sink = linearize(crack + electrode, v.phi, v.p)
        ions = DiffusionTerm(self.p.conductivity * v.solid.harmonicFaceValue, var=v.phi) + v.inflow.phi == sink  # (1)
        filling = TransientTerm(v.capacity, var=v.p) == DiffusionTerm(self.p.conductance, var=v.p) + linearize(
            crack, v.phi, v.p
        )  # (2)
        return {
            "phi": ions,
            "p": filling if self.p.closed else TransientTerm(var=v.p) == 0.0,
            "d": TransientTerm(var=v.d) == 0.0,  # (3)
        }

    def broken(self, damage):
        """m: 1 in a crack, 0 from the next cell on, whose damage is the flank's."""
        return np.clip((damage - self.p.flank) / (1 - self.p.flank), 0.0, 1.0)

    def plating(self, phi, pressure=None):
        """Current density of plating at a face half a cell away, under the pressure of a crack or of the stack."""
        law, series, part = self.p.kinetics, 0.5 * self.p.cell / self.p.conductivity, -1.0
        if self.film and pressure is None:
            series = series + self.film.p.resistance
        elif self.film:
            part = -1.0 * (self.film.broken if hasattr(phi, "mesh") else float(self.film.broken.value))
        pressure = self.p.pressure if pressure is None else pressure
        return part * law.rate(law.activation(pressure - phi, series))

    def boundaries(self, v):
        return (self.counter_electrode("phi"),)

    def refresh(self, state, dt, iteration):
        """Let the crack follow its lithium, once a step has converged."""
        if self.film and iteration == 1:
            self.film.begin()
        if iteration:
            return
        box = state.box
        d, p = (box.own(state.old[name]) for name in ("d", "p"))
        if self.p.closed:
            added = box.own(state.auxiliary["capacity"]) * (box.own(state.now["p"]) - p)
            self.content.setValue(float(self.content.value) + self.crack.volume(state.grid, added))
        self.solved = box.own(state.now["p"]).copy()
        found = self.crack.grow(d, float(self.content.value), state.grid, self._energy(state))
        if not self.p.closed:
            self.content.setValue(found.volume)
        box.own(state.now["d"])[...] = found.damage
        state.grid.renew(state.now["d"])
        state.now["p"][...] = found.pressure
        if self.film:
            φ = box.own(state.now["phi"])
            self.film.follow(state, φ - 0.5 * self.p.cell / self.p.conductivity * np.asarray(self.plating(φ)))

    def _energy(self, state) -> float:
        """G_c over that without current. Collective."""
        if self.p.toughness is None:
            return 1.0
        box = state.box
        pressure = self.solved - box.own(state.auxiliary["loss"])
        current = np.asarray(self.plating(box.own(state.now["phi"]), pressure))
        largest = float(np.max(np.where(box.own(state.auxiliary["faces"]) > 0, current, 0.0)))
        return float(self.p.toughness(state.grid.comm.allreduce(largest, MPI.MAX))) ** 2

    def gradient_fluxes(self, v):
        """σ(1 − m)∇φ on faces, minus the current density."""
        return {"phi": self.p.conductivity * v.solid.harmonicFaceValue * v.phi.faceGrad}


def face_area(part, box):
    """Area of a crack's faces per volume in the intact cells beside it: (1 − m) times the slope of m to its neighbours.

    Broken cells have no ions, so all of the area belongs to the cells that lead to it. Twice the area of a crack.
    """
    squares: Any = 0.0
    for axis, h in enumerate(box.sizes[::-1]):
        along = np.moveaxis(part, axis, 0)
        none = np.zeros_like(along[:1])
        beside = np.concatenate([along[1:], none]) + np.concatenate([none, along[:-1]])
        squares = squares + np.moveaxis((beside / h) ** 2, 0, axis)
    return (1 - part) * np.sqrt(squares)
