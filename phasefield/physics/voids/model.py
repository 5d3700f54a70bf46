r"""Voids between lithium and a stiff solid electrolyte: stripping opens them, creep under stack pressure closes them.

The box is the electrolyte; the interface is its bottom, and lithium at potential 0 lies below.

.. math::

   \nabla\!\cdot(\sigma\nabla\varphi) &= -a\,\theta\,j(-\varphi)                                   &(1)\\
   \partial_t\theta &= -\theta\,\max(j, 0) + c\,R(\theta) \quad\text{at the interface}                &(2)

θ is the part of the interface that is in contact, and j the current density in contact by the rate law, positive in
stripping, in series with half a cell of electrolyte and the constriction at contacts finer than the cells. a is the
area of the interface per volume, in the cells at the bottom; elsewhere θ keeps its value.

The lattice of the lithium does not follow by itself what is stripped: each atom leaves its volume as a void within the
depth h of the interface, which is the unit of length, and lithium comes back by creep alone. The voids are hollow
spheres in power-law creep. Their volume, 1 − θ in units of h, falls at the rate

.. math:: c\,R = c\,(1 - θ)\,[1 - (1 - θ)^{1/m}]^{-m},

c for a single void in much lithium under the stack pressure. Plated lithium lifts the foil and leaves the voids as they
are.

Units: length h, potential RT/F, current i₀, time F h/(V_Li i₀).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import expm1, log1p, pi, sqrt
from typing import Any

import numpy as np
import sympy
from fipy import DiffusionTerm, TransientTerm
from fipy.tools import numerix

from phasefield.engines.symbolic import FunctionVariable, linearize, sympy_function
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.model import CoefficientField, Field


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
    closing : float
        c.
    exponent : float
        m.
    spacing : float
        Distance of contacts within a cell; 0 if they are not resolved.
    """

    conductivity: float
    kinetics: Any
    cell: float
    closing: float
    exponent: float
    spacing: float = 0.0


class VoidInterface(DrivenModel):
    """Equations (1) and (2) for the parameters and the drive of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``phi`` and ``contact``.
    static : tuple of CoefficientField
        ``interface``: a.
    """

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField]):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)

    def equations(self, v, dt):
        current, here = v.contact * self.in_contact(v.phi, v.contact), v.interface * self.p.cell
        supply = linearize(v.interface * current, v.phi, v.contact)
        voids = linearize(here * (self.p.closing * self.crowding(v.contact) - self.stripped(current)), v.phi, v.contact)
        return {
            "phi": DiffusionTerm(self.p.conductivity, var=v.phi) + v.inflow.phi + supply == 0.0,  # (1)
            "contact": TransientTerm(var=v.contact) == voids,  # (2)
        }

    def in_contact(self, phi, theta):
        """j, current density per area of contact, positive in stripping."""
        law = self.p.kinetics
        return law.rate(law.activation(-1 * phi, self.resistance(theta)))

    def resistance(self, theta):
        """Of half a cell and of the constriction, per area of contact."""
        whole = numerix.minimum(theta, 1.0)
        spread = 0.25 * sqrt(pi) * self.p.spacing * numerix.sqrt(theta) * (1 - numerix.sqrt(whole)) ** 1.5
        return (0.5 * self.p.cell * theta + spread) / self.p.conductivity

    @staticmethod
    def stripped(current):
        """The part of a current density that strips."""
        return numerix.maximum(current, 0.0)

    def crowding(self, theta):
        """R(θ), whose derivative the tracer knows; 0 where there is no void."""
        return FunctionVariable.of(crowding_function(self.p.exponent), theta)

    def boundaries(self, v):
        return (self.counter_electrode("phi"),)

    def gradient_fluxes(self, v):
        """σ∇φ on faces, minus the current density."""
        return {"phi": self.p.conductivity * v.phi.faceGrad}


def crowding_of_one(theta, m):
    """R(θ) for one number, in the part of Python that Numba compiles."""
    if theta >= 1.0:
        return 0.0
    return (1.0 - theta) * (-expm1(log1p(-theta) / m)) ** -m


_functions: dict[float, type] = {}


def crowding_function(exponent: float) -> type:
    """SymPy function R(θ) of an exponent; dR/dθ = −[1 − (1 − θ)^{1/m}]^{−(m + 1)}."""

    def derivative(_R, theta, _argument):
        return -((1 - sympy.Max(1 - theta, 0) ** (1 / exponent)) ** -(exponent + 1))

    if exponent not in _functions:
        evaluate = np.vectorize(lambda theta: crowding_of_one(theta, exponent), otypes=[float])
        _functions[exponent] = sympy_function("crowding", 1, evaluate, derivative, (crowding_of_one, exponent))
    return _functions[exponent]
