r"""Plating over an interphase that grows: two fronts and two charge carriers in one balance.

.. math::

   \partial_t\xi &= \Gamma\,\nabla\!\cdot[\nabla\xi + \xi(1-\xi)/\delta\;n]
                 - \frac{i_0V_{Li}}{F}\,w(\xi)|\nabla\xi|\,B + n(x)\,(1-\xi)\,\langle -V-V_n\rangle      &(1)\\
   \partial_t\psi &= L_\psi\kappa_\psi\,[\nabla^2\psi - \psi(1-\psi)(1-2\psi)/\delta^2]
                 + k\,|\nabla\psi|\,u                                                               &(2)\\
   \nabla\!\cdot(\sigma_i\nabla\phi_i) &= F c_{Li}\,(\partial_t\xi - \nabla\!\cdot j_\xi)
                 + \tfrac{F}{V_n}\,(\partial_t\psi + \nabla\!\cdot j_\psi)                             &(3)\\
   \nabla\!\cdot(\sigma_e\nabla\phi_e) &= -F c_{Li}\,(\partial_t\xi + \nabla\!\cdot j_\xi)
                 - \tfrac{F}{V_n}\,(\partial_t\psi + \nabla\!\cdot j_\psi),
                 \qquad j_\xi = \delta\,\partial_t\xi\;n_\xi                                             &(4)

ξ is 1 in lithium, ψ is 1 where the electrolyte has been reduced; V = φ_e − φ_i is the local lithium potential, 0 at
lithium in equilibrium. (1) plates where V < 0, (2) is the interphase of :mod:`phasefield.physics.interphase.model`,
with ions and electrons from wherever their conductivities let them come: the metal supplies electrons, the counter
electrode ions. At rest the interphase takes its lithium from the metal, which dissolves; while plating, from the
current. ψ is a property of the place: product that the metal overgrows stays in the balance, as it stays inside a real
deposit, and where metal withdraws, product is left. So a layer at rest follows L² = 2(1 + V_Li/V_n)k_p t, and under a
current both fronts move at v = iV_Li/F(1 + V_Li/V_n), k_p/v − k_p/k_r apart. Where electrons reach into the
electrolyte and V falls below −V_n, lithium appears there, at the rate n(x), given at grain boundaries: whether
deposits are connected or isolated is left to σ_e.

In (1), y + [−δ ln ξ/σ_i + R_e(ξ)] B(y) = V + (p + γK) V_Li/F: each cell is in series with the electrolyte and the metal
between it and the surface, as in :mod:`phasefield.physics.common.surface`, which also explains j and the term in Γ. w
and R_e are those of :mod:`phasefield.physics.plating_interphase.transfer`. p is the pressure in the lithium, K its
curvature.

A coating resists both carriers and does not yield: all of (1) and (2) is multiplied by 1 − χ, also on faces, so that
both fronts move outside it and in its holes only, and meet its walls at right angles.

Sources: as in :mod:`phasefield.physics.plating.model` and :mod:`phasefield.physics.interphase.model`; deposits inside
the electrolyte after Tian et al., Chem. Mater. 31 (2019) 7351, doi:10.1021/acs.chemmater.9b01967. Units are those of
:class:`phasefield.physics.plating.scales.Scales`; in them F c_Li is 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fipy import DiffusionTerm, TransientTerm, Variable

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.drive import DrivenModel
from phasefield.physics.common.energy import double_well_slope, δ
from phasefield.physics.common.model import Boundary, CoefficientField, Field
from phasefield.physics.common.surface import Surface, curvature, mirrored, outward_uptake, predicted, sharpening
from phasefield.physics.interphase import model as interphase
from phasefield.physics.interphase.model import Conductor, Interphase, magnitude
from phasefield.physics.plating_interphase.transfer import electron_share, electrons_resistance, share_of_area
from phasefield.theory.excess import metal_excess


@dataclass(frozen=True)
class Metal:
    """The lithium, dimensionless.

    Attributes
    ----------
    conductor : Conductor
        Its ionic conductivity is a floor that keeps φ_i determined inside.
    mobility : float
        Γ, which keeps the profile: the largest of the run.
    kinetics : ButlerVolmer or LinearKinetics
    pressure : float
        p V_Li/(RT) of the pressure in the lithium, which lowers the driving force of plating.
    barrier : float
        V_n: lithium nucleates away from the front where V < −V_n.
    capillarity : float
        V_Li γ/(RT δ_PF), for the Gibbs-Thomson shift.
    anisotropy : float
        ε of the cubic interface energy.
    """

    conductor: Conductor
    mobility: float
    kinetics: Any
    pressure: float = 0.0
    barrier: float = 0.0
    capillarity: float = 0.0
    anisotropy: float = 0.0


class PlatingInterphase(DrivenModel, Interphase):
    """Equations (1)-(4) for the parameters, the geometry and the drive of one case.

    Parameters
    ----------
    parameters : phasefield.physics.interphase.model.Parameters
        Parameters of the interphase; potentials in RT/F.
    metal : Metal
    reaction : float
        k, velocity of the interphase's front per unit of u.
    lithium_per_volume : float
        V_Li/V_n: lithium in a volume of product over that in the same volume of metal.
    fields : tuple of Field
        ``xi``, ``psi``, ``phi_i`` and ``phi_e``.
    static : tuple of CoefficientField
        As for :class:`Interphase`, and ``nucleation`` (n); absent, it is 0.
    """

    def __init__(
        self,
        parameters: interphase.Parameters,
        metal: Metal,
        reaction: float,
        lithium_per_volume: float,
        fields: Iterable[Field],
        static: Iterable[CoefficientField] = (),
    ):
        super().__init__(parameters, fields, static)
        coated = self.p.coating is not None
        self.auxiliary += (mirrored("xi", "free") if coated else predicted("xi"),)
        self.metal, self.reaction, self.lithium_per_volume = metal, reaction, lithium_per_volume
        self.mobility = Variable(value=metal.mobility, name="Γ")  # that of the present current

    def equations(self, v, dt):
        p, ξ, ψ, s = self.p, v.xi, v.psi, self.lithium_per_volume
        unknowns = (ξ, ψ, v.phi_i, v.phi_e)
        free, on_faces = self.freedom(v)
        keeping, expected = self.mobility, v.predicted_xi
        profile = DiffusionTerm(keeping * on_faces, var=ξ) - keeping * sharpening(expected, p.cell / δ, on_faces)
        plating = free * self.plating_rate(v)
        growth = free * (
            -p.mobility * double_well_slope(ψ, p.cell / δ) / (2 * δ**2)
            + self.reaction * self.middle(v, "psi").area * self.reaction_rate(v)
            + self.curvature_counter_term(ψ, on_faces)
        )
        self.sources = {"S_xi": plating, "S_psi": growth}
        ions = DiffusionTerm(self.face_conductivity(v, "ionic"), var=v.phi_i) + v.inflow.phi_i
        electrons = DiffusionTerm(self.face_conductivity(v, "electronic"), var=v.phi_e) + v.inflow.phi_e
        inward = s * outward_uptake(ψ, v.predicted_psi, dt, ridges=-1, through=on_faces)
        ions, electrons = ions - inward, electrons + inward
        ions = ions + outward_uptake(ξ, expected, dt, ridges=1, through=on_faces)
        electrons = electrons + outward_uptake(ξ, expected, dt, ridges=-1, through=on_faces)
        return {
            "xi": TransientTerm(var=ξ) == profile + linearize(plating, *unknowns),
            "psi": TransientTerm(var=ψ) == DiffusionTerm(p.mobility * on_faces, var=ψ) + linearize(growth, *unknowns),
            "phi_i": ions == TransientTerm(var=ξ) + TransientTerm(s, var=ψ),
            "phi_e": electrons == TransientTerm(coeff=-1.0, var=ξ) + TransientTerm(-s, var=ψ),
        }

    def boundaries(self, v):
        """Electrons enter at the bottom; ions at the counter electrode, at a given current or voltage."""
        return (Boundary("phi_e", "bottom", "value", 0.0), self.counter_electrode("phi_i"))

    # -- coefficients of the equations -----------------------------------------------------------------

    def conductivity(self, v, carrier: str):
        """σ of a carrier in each cell: lithium and the phases around it, mixed by ξ."""
        around, metal, ξ = self.conductivity_around(v, carrier), getattr(self.metal.conductor, carrier), v.xi
        if carrier == "ionic":
            return magnitude(1 - ξ) * around + metal  # a guess beyond ξ = 1 must not conduct backwards
        return around + metal * electron_share(ξ)

    def conductivity_around(self, v, carrier: str):
        """σ of a carrier in the phases around the lithium."""
        return super().conductivity(v, carrier)

    def resistance(self, v):
        """That between the interphase's surface and a cell, plus that of product at the metal's diffuse surface."""
        product = self.p.product.electronic
        metal = metal_excess(self.metal.conductor.electronic / product)
        return self.reaction * self.lithium_per_volume * (super().resistance(v) + δ * metal / product)

    def plating_rate(self, v):
        """∂ξ/∂t by charge transfer at the front, and by nucleation elsewhere."""
        rate = -1 * self.front_area(v) * self.charge_transfer(v)
        if not hasattr(v, "nucleation"):
            return rate
        beyond = v.phi_i - v.phi_e - self.metal.barrier
        return rate + v.nucleation * (1 - v.xi) * (beyond + magnitude(beyond)) / 2

    def front_area(self, v):
        """Area per volume at which charge is transferred, of the middle of the step."""
        middle = self.middle(v, "xi")
        return middle.area * share_of_area(middle.part)

    def charge_transfer(self, v):
        """B, the current density over i₀ of the surface that a cell belongs to; plating negative."""
        metal, front = self.metal, Surface(v.predicted_xi, v.predicted_xi.grad)
        η = v.phi_e - v.phi_i + metal.pressure + metal.capillarity * curvature(front.ξ, metal.anisotropy)
        ions = front.reach / self.conductivity_around(v, "ionic")
        electrons = electrons_resistance(front.part) / metal.conductor.electronic
        return metal.kinetics.rate(metal.kinetics.activation(η, ions + electrons))
