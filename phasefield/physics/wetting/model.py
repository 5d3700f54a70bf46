r"""Lithium on a layer, under a third phase: shapes that three pairwise interface energies make.

.. math::

   \partial_t\xi  &= M\,[\nabla^2\xi - (g'(\xi) - w_\xi G)/2\delta^2 + a_{\xi\zeta}\,p + a_{\xi\psi}(p - q)]     &(1)\\
   \partial_t\psi &= M\,[\nabla^2\psi - (g'(\psi) - w_\psi G)/2\delta^2 + a_{\psi\zeta}\,q - a_{\xi\psi}(p - q)]  &(2)\\
   \partial_t\xi  &= \nabla\!\cdot(K\nabla p), \qquad \partial_t\psi = \nabla\!\cdot(K\nabla q)                   &(3)

with G = g′(ξ) + g′(ψ) + g′(ζ). ξ is 1 in lithium, ψ in the layer and ζ = 1 − ξ − ψ in the surroundings, an electrolyte
or a void. Where two phases meet G is zero and the front is that of every other model, of one width and one mobility
whatever its energy; where three meet, the weights w set the angles (:mod:`phasefield.physics.wetting.junction`, with
the source).

p and q are the pressures of lithium and layer over the surroundings, and a_ij, `pair_drive` over 6δγ_ij, gives a front
of energy γ_ij the velocity M Δp/γ_ij: that of its curvature where Δp is Laplace's pressure. The conductance K of (3) is
so large that each pressure is uniform: it takes the value that keeps the amount of the phase, or lets lithium grow as
fast as it is plated, and amounts are kept to the tolerance of the linear solver. At rest p is Laplace's pressure, and
−p V_Li/F the potential of Gibbs and Thomson.

A rigid layer is a static field ψ: (2) and q fall away, and Young's law takes the place of Neumann's triangle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fipy import DiffusionTerm, TransientTerm, Variable

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.energy import δ
from phasefield.physics.common.model import Boundary, CoefficientField, Field, Model
from phasefield.physics.wetting.junction import RIGID, YIELDING, junction_slopes, junction_weights, pair_drive


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters; lengths in δ_PF, time in δ_PF²/M, pressures in γ_ξζ/δ_PF.

    Attributes
    ----------
    energies : tuple of float, shape (3,)
        γ_ξψ, γ_ξζ = 1 and γ_ψζ.
    cell : float
        Cell size along the height, for a well without lattice error; 0 takes the continuum's.
    conductance : float
        K; pressures differ by about growth × height/K in a box.
    """

    energies: tuple[float, float, float]
    cell: float = 0.0
    conductance: float = 1e5


class Wetting(Model):
    """Equations (1)-(3) for the parameters and the geometry of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``xi`` and ``p`` on a rigid layer; ``xi``, ``psi``, ``p`` and ``q`` on one that yields.
    static : tuple of CoefficientField
        ``psi``, of a rigid layer.

    Raises
    ------
    ValueError
        The three phases make no angle: one spreads.
    """

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField] = ()):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)
        self.rigid = any(s.name == "psi" for s in self.static)
        self.weights = junction_weights(parameters.energies, self.rigid)
        self.growth = Variable(value=0.0, name="growth")  # of the lithium, thickness per time

    def equations(self, v, dt):
        ξ, ψ, ζ, D = v.xi, v.psi, 1 - v.xi - v.psi, self.p.conductance
        unknowns = [getattr(v, f.name) for f in self.fields]
        lithium, layer, _ = (slope / (-2 * δ**2) for slope in self.well_slopes(ξ, ψ, ζ))
        γξψ, γξζ, γψζ = self.p.energies
        yielding = RIGID if self.rigid else YIELDING
        lithium = lithium + pair_drive(ξ, ζ, ψ, yielding) * v.p / (6 * δ * γξζ)
        self.sources = {"S_xi": lithium}
        if not self.rigid:
            against_layer = pair_drive(ξ, ψ, ζ, yielding) * (v.p - v.q) / (6 * δ * γξψ)
            lithium = lithium + against_layer
            layer = layer - against_layer + pair_drive(ψ, ζ, ξ, yielding) * v.q / (6 * δ * γψζ)
            self.sources = {"S_xi": lithium, "S_psi": layer}
        equations = {
            "xi": TransientTerm(var=ξ) == DiffusionTerm(1.0, var=ξ) + linearize(lithium, *unknowns),  # (1)
            "p": DiffusionTerm(D, var=v.p) + v.inflow.p == TransientTerm(var=ξ),  # (3)
        }
        if self.rigid:
            return equations
        return equations | {
            "psi": TransientTerm(var=ψ) == DiffusionTerm(1.0, var=ψ) + linearize(layer, *unknowns),  # (2)
            "q": DiffusionTerm(D, var=v.q) + v.inflow.q == TransientTerm(var=ψ),  # (3)
        }

    def well_slopes(self, *phases):
        """g′ − wG of lithium, layer and surroundings."""
        return junction_slopes(phases, self.weights, self.p.cell / δ)

    def boundaries(self, v):
        """Lithium comes through the top; everything else is closed."""
        return (Boundary("p", "top", "flux", self.growth),)

    def gradient_fluxes(self, v):
        """K∇p and K∇q on faces."""
        return {name: self.p.conductance * getattr(v, name).faceGrad for name in ("p", "q") if hasattr(v, name)}
