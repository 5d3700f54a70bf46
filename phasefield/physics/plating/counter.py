r"""Counter electrode of lithium: flat and sharp, at the top of the box, with kinetics, and receding.

.. math::

   i = i_0\,b\,q\,[e^{α_a y} - e^{-α_c y}], \qquad q = (c_s/c_0)^{α_a}, \qquad
   y + i\,d/\sigma + \tfrac{2RT}{F}(1-t_+)\chi\ln(c_s/c) = -V - \phi                            \qquad (6)

i enters each cell below the electrode, whose centre has the potential φ and the concentration c, and is d = ½h + Δ away
from the electrode's surface. Δ = ∫ i V_Li/F dt is how far the electrode has receded: its lithium has become that of the
other electrode. So the gap between two flat fronts stays as it is, and so does the volume of electrolyte between them.

While the voltage is given, (6) is an implicit source of these cells. A given current enters uniformly, and (6) gives
the voltage.

The layer Δ that is added above the box carries its ohmic drop and its salt. The salt in it has the concentration of the
cell, that at the electrode continues the slope of the last two cells. Where the electrode has grown instead, Δ < 0, the
same is taken off, but for the change in time of the salt that is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy import Variable
from fipy.tools import numerix

from phasefield.physics.common.model import LaggedField

#: Smallest concentration at the electrode over that of the cell below it.
LEAST = 1e-6


@dataclass(frozen=True)
class CounterParameters:
    """Dimensionless parameters.

    Attributes
    ----------
    exchange : float
        Its exchange current density over that of the other electrode.
    kinetics : ButlerVolmer or LinearKinetics
    cell : float
        Size of a cell along the height.
    """

    exchange: float
    kinetics: Any
    cell: float


class Counter:
    """The electrode in a model.

    Parameters
    ----------
    parameters : CounterParameters
    model : phasefield.physics.plating.model.Plating

    Attributes
    ----------
    receded, before, origin : fipy.Variable [δ_PF]
        Δ at the end of the step, at its start, and from where its rate of change counts in the step.
    """

    def __init__(self, parameters: CounterParameters, model):
        self.p, self.model = parameters, model
        self.receded = Variable(value=0.0, name="receded")
        self.before = Variable(value=0.0, name="receded before")
        self.origin = Variable(value=0.0, name="receded from")
        self.scalars = (self.receded, self.before, self.origin)
        self.auxiliary: tuple[LaggedField, ...] = (LaggedField("counter", _at_the_top),)
        if model.binary:
            self.auxiliary += (LaggedField("at_counter", self._continued),)

    def recede(self, difference, iteration: int) -> None:
        """Set Δ to what the present current makes of it, by the step's :class:`phasefield.engines.state.Difference`."""
        if iteration == 1:
            start, last = float(self.receded.value), float(self.receded.value) - float(self.before.value)
            self.before.setValue(start)
            self.origin.setValue(start + difference.carry * last)
        self.receded.setValue(float(self.origin.value) + float(self.model.current.value) * difference.dt)

    def per_volume(self, v):
        """1/h in the cells below the electrode, 0 elsewhere: makes a source of a flux through the top."""
        return v.counter / self.p.cell

    def current(self, v):
        """Current density i that enters a cell."""
        given = _number(self.model.given, v)
        at_the_voltage = self._exchange(v) * self.p.kinetics.rate(self.activation(v))
        return given * _number(self.model.current, v) + (1 - given) * at_the_voltage

    def activation(self, v):
        """Activation overpotential y at the given voltage."""
        distance = self._distance(v)
        path = numerix.maximum(distance, 0.0)
        resistivity = self._resistivity(v)
        apart = -1 * _number(self.model.voltage, v) - v.phi - self._diffusion_potential(v)
        taken_off = (distance - path) * _number(self.model.current, v) * resistivity  # no resistance in series
        apart = apart - taken_off
        return self.p.kinetics.activation(v.counter * apart, path * resistivity * self._exchange(v))

    def salt(self, v, current, dt):
        """Flux of salt into a cell: what the lithium leaves in the electrolyte, less what stays in the layer above."""
        p, origin, old = self.model.p, _number(self.origin, v), v.old_c if hasattr(v, "old_c") else v.c.old
        held = numerix.maximum(origin, 0.0) * (v.c - old) / dt
        return (1 - p.transference) * p.lithium_per_salt * current - v.c * current - held

    # -- measured --------------------------------------------------------------------------------------

    def cells(self, engine):
        """Present values in the cells below the electrode, over the columns owned; where this rank touches the top."""
        state, at = engine.state, engine.box.at_end("top", owned=True)
        v = state.layer("top", owned=True)
        for a in self.auxiliary:
            setattr(v, a.name, state.auxiliary[a.name][at])
        if self.model.binary:
            v.old_c = state.origin["c"][at]
        return v

    def potential(self, v):
        """Potential of the electrode, −V, that the given current takes."""
        ohmic = self._distance(v) * _number(self.model.current, v) * self._resistivity(v)
        return v.phi + ohmic + self._diffusion_potential(v) + self.overpotential(v)

    def overpotential(self, v):
        """Activation overpotential y, at the given current or voltage."""
        if not self.model.galvanostatic:
            return self.activation(v)
        return self.p.kinetics.overpotential(_number(self.model.current, v) / self._exchange(v)) + 0 * v.phi

    def salt_at_surface(self, engine):
        """c at the electrode's surface, over the columns owned; where this rank touches the top."""
        at = engine.box.at_end("top", owned=True)
        return engine.state.now["c"][at] * self._continued(engine.state.now, engine.box)[at]

    # -- parts -----------------------------------------------------------------------------------------

    def _distance(self, v):
        """d of (6)."""
        return _number(self.receded, v) + 0.5 * self.p.cell

    def _exchange(self, v):
        """b q."""
        if not self.model.binary:
            return self.p.exchange
        return self.p.exchange * (v.c * v.at_counter) ** self.p.kinetics.anodic

    def _resistivity(self, v):
        """Mean of 1/σ on the way from a cell to the electrode."""
        resistivity = 1 / self.model.conductivity(v)
        if not self.model.binary:
            return resistivity
        return resistivity * mean_power(v.at_counter, -self.model.p.conductivity_exponent)

    def _diffusion_potential(self, v):
        return self.model.diffusion_potential * numerix.log(v.at_counter) if self.model.binary else 0.0

    def _continued(self, fields, box):
        """c_s/c of the cells below the electrode, by the slope of the last two; 1 elsewhere."""
        c, found = fields["c"], np.ones(box.ghosted_shape)
        if box.touches("top"):
            below, last = box.widths(len(box.shape) - 1).ravel()[-2:]
            cells = (float(self.receded.value) + 0.5 * last) / (0.5 * (below + last))
            found[-1] = np.maximum(LEAST, 1 + cells * (1 - c[-2] / c[-1]))
        return found


def mean_power(low, power):
    """Mean of x^power between ``low`` and 1: of a quantity along the way to the surface, on which c is linear."""
    if power == 0:
        return 1.0
    apart = 1 - low
    integral = -1 * numerix.log(low) if power == -1 else (1 - low ** (1 + power)) / (1 + power)
    return (1e-12 + apart * integral) / (apart**2 + 1e-12)


def _number(variable, v):
    """A FiPy variable for an equation, its present value for a measurement."""
    return variable if hasattr(v, "mesh") else float(variable.value)


def _at_the_top(fields, box):
    """1 in the cells at the top, 0 elsewhere."""
    found = np.zeros(box.ghosted_shape)
    if box.touches("top"):
        found[-1] = 1.0
    return found
