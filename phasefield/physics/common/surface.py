r"""A diffuse interface as a surface: its area per volume, and the values that fields have on it.

On the equilibrium profile :math:`|\nabla\xi| = \xi(1-\xi)/\delta`, and :math:`d = \delta\ln[\xi/(1-\xi)]` is the distance
from the surface ξ = ½, positive in the phase of ξ. With a current that enters at the rate :math:`i\,|\nabla\xi|` and a
conductivity :math:`\sigma(1-\xi)`, φ is linear through the interface, so that one Taylor step,

.. math:: \phi_s = \phi + d\;n\!\cdot\!\nabla\phi, \qquad n = -\nabla\xi/|\nabla\xi| ,

gives every cell of the interface the same φ of the surface. A front that is driven so keeps its profile, and its
mobility is free to be small (decision record 030).

A dissolved species that is taken up at the rate ∂ξ/∂t would keep its slope far into the phase of ξ, where it has no
meaning. A flux :math:`\delta\,\partial_t\xi\,n` of the uptake, within the interface, makes its slope :math:`G(1-\xi)`
instead: its value then ends at that of the surface, and :math:`c_s = c + \delta\,\ln\xi\;G`. Such a flux is known as
antitrapping current: Karma, Phys. Rev. Lett. 87 (2001) 115701, doi:10.1103/PhysRevLett.87.115701; here it leaves the
amount that is taken up as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy.tools import numerix

from phasefield.physics.common.energy import δ
from phasefield.physics.common.model import LaggedField

#: ξ(1 − ξ) below which a slope of ξ is not a surface.
TAIL = 2e-3
#: Beyond this ξ, or 1 − ξ, the distance from the surface does not grow.
FAR = 1e-3
#: Size of ∇ξ [1/δ_PF] that has no direction.
FLAT = 1e-6
#: c of the surface over c of the cell, below which it stays positive instead of following the slope.
LEAST = 0.01


def _is_surface(ξ):
    """About 1 on the interface, and cubic in its tails with the size of ∇ξ: no reaction starts far from a surface."""
    q = ξ * (1 - ξ)
    return q * q / (q * q + TAIL**2)


#: ∫_is_surface(ξ)|∇ξ| dx through an interface, whatever its profile.
_WHOLE = float(np.mean(_is_surface((np.arange(1_000_000) + 0.5) / 1_000_000)))


def predicted(field: str) -> LaggedField:
    """A field as a step expects it when it starts, under the name ``predicted_…``."""
    return LaggedField(f"predicted_{field}", lambda fields, _: fields[field].copy())


@dataclass(frozen=True)
class Surface:
    """The interface that an order parameter describes; FiPy's variables, or arrays.

    Attributes
    ----------
    ξ : fipy.CellVariable or ndarray [1]
    gradient : fipy.CellVariable of rank 1, or ndarray of shape (dimensions, ...) [1/δ_PF]
        ∇ξ.
    """

    ξ: Any
    gradient: Any

    @property
    def steepness(self):
        """|∇ξ| [1/δ_PF]."""
        return numerix.sqrt(_dot(self.gradient, self.gradient) + FLAT**2)

    @property
    def area(self):
        """Area per volume [1/δ_PF], of which an interface has 1 in all."""
        return self.steepness * _is_surface(self.ξ) / _WHOLE

    @property
    def reach(self):
        """−δ ln ξ [δ_PF]: from the surface to where its slope would give the value of a cell."""
        return -0.5 * δ * numerix.log(self.ξ * self.ξ + FAR**2)

    @property
    def distance(self):
        """From the surface [δ_PF], positive in the phase of ξ."""
        ξ = self.ξ
        return 0.5 * δ * numerix.log((ξ * ξ + FAR**2) / ((1 - ξ) * (1 - ξ) + FAR**2))

    def slope(self, gradient):
        """n·∇f, out of the phase of ξ, of a field's gradient."""
        return -1 * (_dot(self.gradient, gradient) / self.steepness)

    def concentration(self, c, gradient):
        """c at the surface of a species with an antitrapping flux; positive as c is."""
        ξ = self.ξ
        reach = 0.5 * δ * numerix.log(ξ * ξ + FAR**2) * (1 - ξ) / ((1 - ξ) * (1 - ξ) + FAR**2)
        linear = c + reach * self.slope(gradient)
        return 0.5 * (linear + numerix.sqrt(linear * linear + 4 * (LEAST * c) * (LEAST * c)))


def antitrapping(ξ, old, dt):
    """What the flux δ ∂ξ/∂t n brings into a cell, per volume and time; integrated over the box it is 0.

    Parameters
    ----------
    ξ, old : fipy.CellVariable [1]
        Order parameter at the end of the step, as far as it is known, and at its start.
    dt : fipy.Variable [1]
    """
    slope = ξ.faceGrad
    normal = slope / numerix.sqrt(slope.dot(slope) + FLAT**2)  # inwards, therefore the sign
    return -1 * δ * ((ξ - old).faceValue * normal).divergence / dt


def _dot(one, other):
    """Scalar product of two vectors in each cell."""
    return one.dot(other) if hasattr(one, "mesh") else np.sum(one * other, axis=0)
