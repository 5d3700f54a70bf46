r"""Growth of an interphase between lithium and an electrolyte: ions and electrons through a layer that moves.

.. math::

   \partial_t\psi &= L_\psi\kappa\,[\nabla^2\psi - \psi(1-\psi)(1-2\psi)/\delta^2]
                   + k_r\,|\nabla\psi|\,u                                                        &(1)\\
   \nabla\!\cdot(\sigma_i\nabla\phi_i) &= \frac{F}{V_n}\,(\partial_t\psi + \nabla\!\cdot j)          &(2)\\
   \nabla\!\cdot(\sigma_e\nabla\phi_e) &= -\frac{F}{V_n}\,(\partial_t\psi + \nabla\!\cdot j),
                   \qquad j = \delta\,\partial_t\psi\;n                                          &(3)

ψ is 1 in the product (and in a coating) and 0 in the electrolyte, φ_i the electrochemical potential of Li⁺ over F,
φ_e that of electrons, and V = φ_e − φ_i the local lithium potential: 0 at the lithium metal, which is the bottom of
the box. Where V is below the onset U, lithium and electrolyte react at the rate u = −B(y), B the rate law of
:mod:`phasefield.physics.common.kinetics`. Ions and electrons climb from the lithium to the front, so V there rises to U
as the layer thickens; which of them limits, and whether the layer stops, is left to their conductivities. The one ∂ψ/∂t
of (1) takes the charge of both carriers, so ionic and electronic current are the same to the linear solver's tolerance.

The closure is that of :mod:`phasefield.physics.common.surface` with the product as the conductor: |∇ψ| is the area of
the surface, j moves the uptake into the product, and each cell is in series with the product between it and the
surface, y + r B(y) = V − U with r the :func:`reach` of both carriers. So the front is that of a sharp one, at any
contrast.

A coating is a third phase χ(x), of a conductivity of its own, never reduced; tunnelling is σ_e as a function of the
distance from the lithium (docs/decisions/007-interphase.md).

Sources: transport of both carriers after Wagner, Z. Phys. Chem. B 21 (1933) 25; curvature
counter-term: Folch et al., Phys. Rev. E 60 (1999) 1724, doi:10.1103/PhysRevE.60.1724.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy import DiffusionTerm, TransientTerm, Variable
from fipy.tools import numerix
from mpi4py import MPI

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.curvature import curvature
from phasefield.physics.common.energy import double_well_slope, δ
from phasefield.physics.common.model import Boundary, CoefficientField, Field, Model
from phasefield.physics.common.surface import FAR, Surface, mirrored, outward_uptake, predicted, surface_in_step

CARRIERS = ("ionic", "electronic")


@dataclass(frozen=True)
class Conductor:
    """Conductivities of a phase, dimensionless; positive.

    Attributes
    ----------
    ionic, electronic : float
    """

    ionic: float
    electronic: float

    def __post_init__(self):
        for carrier in CARRIERS:
            if not 0 < getattr(self, carrier) < np.inf:
                raise ValueError(f"{carrier} conductivity must be positive and finite, not {getattr(self, carrier)!r}")


@dataclass(frozen=True)
class Parameters:
    """Dimensionless parameters; lengths in δ_PF, potentials in Φ, current densities in i₀.

    Φ and i₀ are what the rate law counts in: RT/F and the exchange current density of a Butler-Volmer law; or U and
    F k_r/V_n of the linear law u = 1 − V/U, with which a front at V = 0 has velocity 1. Conductivities are in units
    of i₀δ_PF/Φ; time in those of δ_PF F/(i₀V_n), in which i₀ grows one δ_PF.

    Attributes
    ----------
    mobility : float
        L_ψκ, the coefficient of the interface's own smoothing.
    follows : bool
        Whether the smoothing is only as strong as the present velocity of the front asks for, and ``mobility`` is its
        upper bound.
    onset : float
        U: the electrolyte is reduced below this potential against lithium.
    product, electrolyte : Conductor
    kinetics : ButlerVolmer or LinearKinetics
        ``rate(η)`` of the overpotential η = V − U, and ``activation(η, r)`` with a resistance r in series.
    coating : Conductor or None
        Conductivities of the static field ``coating``.
    cell : float
        Cell size along the height, for a well without lattice error; 0 for that of the continuum.
    capillarity : float or None
        γV_n/(F Φ δ_PF), for the Gibbs-Thomson shift of U when the interface's own capillarity is removed; None keeps
        that capillarity.
    """

    mobility: float
    onset: float
    product: Conductor
    electrolyte: Conductor
    kinetics: Any
    coating: Conductor | None = None
    cell: float = 0.0
    capillarity: float | None = None
    follows: bool = False


class Interphase(Model):
    """Equations (1)-(3) for the parameters and the geometry of one case.

    Parameters
    ----------
    parameters : Parameters
    fields : tuple of Field
        ``psi``, ``phi_i`` and ``phi_e``.
    static : tuple of CoefficientField
        Any of ``coating`` (χ, the coating's part of a cell), ``ionic`` and ``electronic`` (factors on the conductivity
        of product and electrolyte: grain boundaries, tunnelling); absent ones are 0, 1 and 1.

    Raises
    ------
    ValueError
        A coating without its conductivities, or vice versa.
    """

    #: Power of ψ in :func:`mixture`.
    power = 1.0

    def __init__(self, parameters: Parameters, fields: Iterable[Field], static: Iterable[CoefficientField] = ()):
        super().__init__()
        self.p, self.fields, self.static = parameters, tuple(fields), tuple(static)
        if (self.p.coating is None) == any(s.name == "coating" for s in self.static):
            raise ValueError("a coating needs both its conductivities and the static field 'coating'")
        self.static += tuple(free_of(s) for s in self.static if s.name == "coating")
        self.smoothing = Variable(value=self.p.mobility, name="L_ψκ")
        expected = predicted("psi") if self.p.coating is None else mirrored("psi", "free")
        self.auxiliary = self.auxiliary or (expected,)  # a subclass may need others instead

    def equations(self, v, dt):
        p, ψ = self.p, v.psi
        free, on_faces = self.freedom(v)
        source = free * (
            -1 * self.smoothing * double_well_slope(ψ, p.cell / δ) / (2 * δ**2)
            + self.middle(v, "psi").area * self.reaction_rate(v)
            + self.curvature_counter_term(ψ, on_faces)
        )
        inward = outward_uptake(ψ, v.predicted_psi, dt, ridges=-1, through=on_faces)
        self.sources = {"S": source}
        growth = DiffusionTerm(self.smoothing * on_faces, var=ψ) + linearize(source, ψ, v.phi_i, v.phi_e)
        ions = DiffusionTerm(self.face_conductivity(v, "ionic"), var=v.phi_i) + v.inflow.phi_i
        electrons = DiffusionTerm(self.face_conductivity(v, "electronic"), var=v.phi_e) + v.inflow.phi_e
        return {
            "psi": TransientTerm(var=ψ) == growth,  # (1)
            "phi_i": ions - inward == TransientTerm(var=ψ),  # (2)
            "phi_e": electrons + inward == TransientTerm(coeff=-1.0, var=ψ),  # (3)
        }

    def refresh(self, state, dt, iteration):
        """Smooth as much as the front needs that moved fastest in the last step, or as the explicit shift of U does.

        What the smoothing does to a curved front is removed with the shape at the start of the step, so its error is of
        first order in time, and proportional to it.
        """
        if not (self.p.follows and iteration == 1):
            return
        enough = self.p.mobility
        if state.extrapolates:  # |∇ψ| is 1 in the middle of the front
            moved = np.max(np.abs(state.old["psi"] - state.before["psi"])) / state.previous_dt
            enough = max(state.grid.comm.allreduce(float(moved), MPI.MAX), self.p.capillarity or 0.0)
        self.smoothing.setValue(min(enough, self.p.mobility))

    def boundaries(self, v):
        """Lithium metal at the bottom; no flux at the top."""
        return (Boundary("phi_i", "bottom", "value", 0.0), Boundary("phi_e", "bottom", "value", 0.0))

    def gradient_fluxes(self, v):
        """σ∇φ of both carriers as the equations have them, on faces: minus the current densities."""
        return {
            "phi_i": self.face_conductivity(v, "ionic") * v.phi_i.faceGrad,
            "phi_e": self.face_conductivity(v, "electronic") * v.phi_e.faceGrad,
        }

    # -- coefficients of the equations -----------------------------------------------------------------

    def freedom(self, v) -> tuple[Any, Any]:
        """1 in cells and on faces without coating, 0 in a coating, where no front moves and nothing reacts."""
        if self.p.coating is None:
            return 1.0, 1.0
        return v.free, v.free.harmonicFaceValue

    def factor(self, v, carrier: str):
        """Factor on the conductivity of product and electrolyte."""
        return getattr(v, carrier, 1.0)

    def conductivity(self, v, carrier: str):
        """σ of a carrier in each cell; product and electrolyte mixed, a coating in series with them."""
        p = self.p
        phases = getattr(p.product, carrier), getattr(p.electrolyte, carrier)
        σ = mixture(v.psi, *phases, self.power) * self.factor(v, carrier)
        return σ if p.coating is None else 1 / (v.coating / getattr(p.coating, carrier) + (1 - v.coating) / σ)

    def face_conductivity(self, v, carrier: str):
        """σ on faces: two half cells in series, so that layers on cell faces resist exactly."""
        return self.conductivity(v, carrier).harmonicFaceValue

    def reaction_rate(self, v):
        """u, the rate of reduction over that of i₀: −B(y), y + r B(y) = V − U."""
        p = self.p
        η = v.phi_e - v.phi_i - p.onset
        if p.capillarity is not None:
            η = η + p.capillarity * curvature(v.psi.old, self.freedom(v)[1])
        return -1 * p.kinetics.rate(p.kinetics.activation(η, self.resistance(v)))

    def middle(self, v, field) -> Surface:
        """Surface of an order parameter, in implicit Euler that of the middle of the step; a coating mirrors it."""
        before, expected, free = getattr(v, field).old, getattr(v, f"predicted_{field}"), self.freedom(v)[0]
        slope = (free * before).grad - before * free.grad if hasattr(free, "grad") else before.grad
        return surface_in_step(before, slope, expected, v.lag, self.p.cell / δ)

    def resistance(self, v):
        """Resistance that both carriers meet between the surface and a cell, over that of a rate of 1."""
        p, ψ = self.p, Surface(v.predicted_psi, v.predicted_psi.grad).part
        return sum(reach(ψ, getattr(p.product, c), getattr(p.electrolyte, c)) / self.factor(v, c) for c in CARRIERS)

    def curvature_counter_term(self, ψ, on_faces):
        """+ L_ψκ K |∇ψ|: removes the interface's own capillarity, with the shape of the last time step.

        Faces in a coating are excluded, as they are in the diffusion term.
        """
        if self.p.capillarity is None:
            return 0.0
        return self.smoothing * curvature(ψ.old, on_faces) * ψ * (1 - ψ) / δ


def free_of(coating: CoefficientField) -> CoefficientField:
    """1 in cells without any coating, 0 in all others."""
    return CoefficientField("free", "Free of coating", "1", lambda x: 1.0 * (np.asarray(coating.values(x)) == 0))


def reach(ψ, product, electrolyte):
    r"""Resistance between a cell and the surface, for the current that a flat front takes [1].

    Where ψ has that value, a front that keeps its shape has the current iψ² (the flux j included) and the conductivity
    σ(ψ) of :func:`mixture`, so the potential differs from that of the surface ψ = ½ of a sharp front by i times

    .. math:: \delta\Big[\int_0^\psi\frac{s\,ds}{(1-s)\,\sigma(s)} + \int_0^1\Big(\frac1{\sigma_P}
       - \frac{s}{\sigma(s)}\Big)\frac{ds}{1-s}\Big] .

    Parameters
    ----------
    ψ : float, ndarray or fipy.Variable [1]
        Between 0 and 1.
    product, electrolyte : float [σ]
    """
    rest, ratio = 1 - ψ, electrolyte / product
    inside = -0.5 * numerix.log(rest * rest + FAR**2)
    if ratio < 1:
        outside = -ratio / (1 - ratio) * numerix.log(ψ + ratio * rest)
    else:
        outside = 1.5 - ψ - ψ * ψ / 2 - (1 - ψ * ψ) / (2 * ratio)
    return δ / product * (inside + outside)


def mixture(ψ, product, electrolyte, power=1.0):
    """Conductivity of a diffuse front: a mean of both phases in which the product keeps its resistance.

    In parallel if the electrolyte conducts less, since it must not block a carrier from the front; in series if it
    conducts more, since it must not short-circuit the product. Both means stay positive if Newton's method tries a ψ
    below 0.

    Parameters
    ----------
    ψ : float, ndarray or fipy.Variable [1]
    product, electrolyte : float [any]
    power : float [1]
        Of ψ in the weight of the parallel mean.
    """
    if electrolyte < product:
        share = magnitude(ψ) if power == 1 else magnitude(ψ) ** power
        return share * (product - electrolyte) + electrolyte
    return 1 / (magnitude(ψ) * (1 / product - 1 / electrolyte) + 1 / electrolyte)


def magnitude(x):
    """|x|, but 1e-30 at 0, where Newton's method needs a slope."""
    return (x**2 + 1e-60) ** 0.5
