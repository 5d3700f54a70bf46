"""Theory of the diffuse front: parameters, velocity, capillarity.

References
----------
.. [Chen2015] L. Chen et al., J. Power Sources 300 (2015) 376, 10.1016/j.jpowsour.2015.09.055.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY, GAS_CONSTANT

KEEPING_MOBILITY = 0.5
"""Γ/(width·v) that keeps the profile of a front; shipped decks run with a quarter of it and with four times as much."""


def gradient_coefficient(width: float, interface_energy: float) -> float:
    """Gradient coefficient κ = 6δγ [J/m].

    Follows from γ = κ/(6δ), the energy of the profile [Chen2015]_.

    Parameters
    ----------
    width : float [m]
    interface_energy : float [J/m^2]
    """
    return 6 * (width / 4) * interface_energy


def barrier_height(width: float, interface_energy: float) -> float:
    """Height W = 3γ/δ of the double well W ξ²(1 − ξ)² [J/m^3], from δ² = κ/(2W) [Chen2015]_.

    Parameters
    ----------
    width : float [m]
    interface_energy : float [J/m^2]
    """
    return 3 * interface_energy / (width / 4)


def interface_cells(width: float, spacing: float) -> float:
    """Cells across the 10–90 % width of the profile [1]; that width is ½ ln 9 = 1.0986 times `width`.

    Parameters
    ----------
    width, spacing : float [m]
    """
    return 0.5 * math.log(9) * width / spacing


def physical_mobility(interface_energy: float, molar_volume: float, resistance: float) -> float:
    """Capillary mobility Γ = γV²/(F²R) of a real interface [m^2/s].

    With the Gibbs–Thomson shift γVK/F of the overpotential, a resistance R slows the front by ΓK.

    Parameters
    ----------
    interface_energy : float [J/m^2]
    molar_volume : float [m^3/mol]
    resistance : float [ohm m^2]
        Resistance of charge transfer and film together.
    """
    return interface_energy * molar_volume**2 / (FARADAY**2 * resistance)


def effective_interface_energy(mobility: float, molar_volume: float, resistance: float) -> float:
    """Interface energy that a mobility amounts to, γ = ΓF²R/V² [J/m^2]; inverse of `physical_mobility`.

    Parameters
    ----------
    mobility : float [m^2/s]
    molar_volume : float [m^3/mol]
    resistance : float [ohm m^2]
    """
    return mobility * FARADAY**2 * resistance / molar_volume**2


def keeping_mobility(width: float, velocity: float) -> float:
    """Mobility Γ that keeps the profile of a front in shape, ½ width·v [m^2/s].

    Parameters
    ----------
    width : float [m]
    velocity : float [m/s]
        The largest velocity of the front.
    """
    return KEEPING_MOBILITY * width * velocity


def shrinking_radius(radius: float, mobility: float, time: float, dimension: int) -> float:
    """Radius of an undriven circle or sphere, R² = R₀² − 2(d − 1)Γt [m]; 0 once it has vanished.

    Motion by curvature, v = −Γ(d − 1)/R, to which Allen–Cahn reduces for R ≫ width (S. M. Allen,
    J. W. Cahn, Acta Metall. 27 (1979) 1085, 10.1016/0001-6160(79)90196-2).

    Parameters
    ----------
    radius : float [m]
    mobility : float [m^2/s]
    time : float [s]
    dimension : int
        2 or 3.
    """
    return math.sqrt(max(radius**2 - 2 * (dimension - 1) * mobility * time, 0.0))


def front_velocity(current_density: float, molar_volume: float) -> float:
    """Velocity of the front, v = iV_Li/F [m/s] (Faraday's law).

    Parameters
    ----------
    current_density : float [A/m^2]
    molar_volume : float [m^3/mol]
    """
    return current_density * molar_volume / FARADAY


def gibbs_thomson(interface_energy: float, molar_volume: float, curvature: float) -> float:
    """Equilibrium overpotential of a curved front, γV_Li K/F [V]; K > 0 for convex lithium.

    Parameters
    ----------
    interface_energy : float [J/m^2]
    molar_volume : float [m^3/mol]
    curvature : float [1/m]
        Sum of the principal curvatures.
    """
    return interface_energy * molar_volume * curvature / FARADAY


def capillary_length(interface_energy: float, molar_volume: float, temperature: float) -> float:
    """Capillary length γV_Li/(RT) [m]: radius at which capillarity shifts the potential by RT/F.

    Parameters
    ----------
    interface_energy : float [J/m^2]
    molar_volume : float [m^3/mol]
    temperature : float [K]
    """
    return interface_energy * molar_volume / (GAS_CONSTANT * temperature)
