"""Nucleation of lithium on a foreign metal: caps, critical size, barrier, rate.

Overpotentials are positive here while they plate. The lithium–electrolyte interface has the energy γ; lithium meets the
metal at the contact angle θ, measured through the lithium.

References
----------
.. [Milchev2002] A. Milchev, Electrocrystallization, Kluwer 2002, ch. 2 (barrier) and 5 (growth).
.. [Scharifker1983] B. Scharifker & G. Hills, Electrochim. Acta 28 (1983) 879, 10.1016/0013-4686(83)85163-9.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import BOLTZMANN, FARADAY


def cap_volume(angle: float, dimension: int) -> float:
    """Volume of a cap over the power `dimension` of its radius of curvature; in 2-D the area of a segment.

    Parameters
    ----------
    angle : float [rad]
        Contact angle.
    dimension : int
        2 or 3.
    """
    c = math.cos(angle)
    return angle - math.sin(angle) * c if dimension == 2 else math.pi / 3 * (2 - 3 * c + c**3)


def cap_area(angle: float, dimension: int) -> float:
    """Area that a cap exposes to the electrolyte over the power `dimension` − 1 of its radius; see `cap_volume`."""
    return 2 * angle if dimension == 2 else 2 * math.pi * (1 - math.cos(angle))


def critical_radius(overpotential: float, energy: float, molar_volume: float) -> float:
    """Radius of curvature r* = 2γV/(Fη) of the nucleus that neither grows nor dissolves [m] [Milchev2002]_.

    Parameters
    ----------
    overpotential : float [V]
    energy : float [J/m^2]
    molar_volume : float [m^3/mol]
    """
    return 2 * energy * molar_volume / (FARADAY * overpotential)


def nucleation_barrier(overpotential: float, energy: float, molar_volume: float, angle: float) -> float:
    """Work ΔG* = (16π/3) γ³V²/(Fη)² f(θ) of the critical nucleus [J], f = (2 − 3cos θ + cos³θ)/4 [Milchev2002]_.

    Parameters
    ----------
    overpotential, energy, molar_volume
        As for `critical_radius`.
    angle : float [rad]
    """
    # ⅓ γ times the area of a sphere of the critical radius is the work without a foreign metal.
    sphere = 4 * math.pi / 3 * energy * critical_radius(overpotential, energy, molar_volume) ** 2
    return sphere * cap_volume(angle, 3) / cap_volume(math.pi, 3)


def boltzmann_factor(work: float, temperature: float) -> float:
    """exp(−W/kT) of a work [J] at a temperature [K]: what a barrier leaves of the rate at which it is tried."""
    return math.exp(-work / (BOLTZMANN * temperature))
