r"""Lithium plated beside a host: a layer on the lithium that conducts ions and electrons and stores lithium.

.. math::

   \partial_t\theta &= k\,(1-\xi)\,s\,\chi\,[(1-\theta)\langle U-V-p\rangle - \theta\langle V+p-U\rangle],
   \qquad U = U_0(1-\theta)                                                                                  &(5)

adds :math:`F c_h\chi\,\partial_t\theta` to both sides of equations (3) and (4) of
:mod:`phasefield.physics.plating_interphase.model`. χ(x) is the host's part of a cell, θ the part of its room c_h that
is taken, U its open-circuit potential, p V_Li/F the pressure's part (lithium in the pores is pressed as the metal is)
and ⟨x⟩ = x for x > 0, else 0. With U₀ = 0 that is lithium plated in pores, as on the bottom of the box; with U₀ > 0
lithium inserted, as in graphite. Metal that grows through the host takes its place: what it covers takes up no more.
s is the part of σ_e that is not the metal's: in its diffuse surface, the front takes up what the metal's electrons
bring.

Electrons come from the metal below, ions from the electrolyte above; where they meet is left to the conductivities:
within √(σ̄RT/F²c_hk) of the electrolyte if electrons are the faster (:func:`phasefield.theory.spreading_length`).

Sources: porous electrode of J. S. Newman, C. W. Tobias, J. Electrochem. Soc. 109 (1962) 1183, doi:10.1149/1.2425269,
with a room that fills. Units as in :mod:`phasefield.physics.plating_interphase.model`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fipy import TransientTerm

from phasefield.engines.symbolic import linearize
from phasefield.physics.interphase.model import Conductor, magnitude
from phasefield.physics.plating_interphase.model import PlatingInterphase


@dataclass(frozen=True)
class Host:
    """A mixed conductor that stores lithium, dimensionless.

    Attributes
    ----------
    conductor : Conductor
    capacity : float
        c_h V_Li: lithium in a volume of full host over that in the same volume of metal.
    rate : float
        k, per RT/F of driving force.
    potential : float
        U₀ of the empty host against lithium.
    """

    conductor: Conductor
    capacity: float
    rate: float
    potential: float = 0.0


class PlatingInHost(PlatingInterphase):
    """As :class:`PlatingInterphase`, with a further field ``theta`` (θ) and a static field ``host`` (χ).

    Parameters
    ----------
    host : Host
    **parameters
        Parameters of :class:`PlatingInterphase`.
    """

    def __init__(self, host: Host, **parameters):
        super().__init__(**parameters)
        self.host = host

    def equations(self, v, dt):
        equations, θ, room = super().equations(v, dt), v.theta, self.host.capacity * v.host
        taken = self.uptake(v)
        self.sources["S_theta"] = taken
        return equations | {
            "theta": TransientTerm(var=θ) == linearize(taken, θ, v.xi, v.phi_i, v.phi_e),
            "phi_i": equations["phi_i"] - TransientTerm(room, var=θ),
            "phi_e": equations["phi_e"] + TransientTerm(room, var=θ),
        }

    def uptake(self, v):
        """∂θ/∂t."""
        θ, host = v.theta, self.host
        drive = host.potential * (1 - θ) - (v.phi_e - v.phi_i) - self.metal.pressure
        size = magnitude(drive)
        own = self.conductivity_around(v, "electronic") / self.conductivity(v, "electronic")
        return host.rate * v.host * (1 - v.xi) * own * ((1 - θ) * (drive + size) - θ * (size - drive)) / 2

    def conductivity_around(self, v, carrier):
        """σ of the host in series with the other phases of a cell."""
        σ = super().conductivity_around(v, carrier)
        return 1 / (v.host / getattr(self.host.conductor, carrier) + (1 - v.host) / σ)
