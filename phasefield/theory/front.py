"""Theory of the diffuse front: parameters, velocity, capillarity.

References
----------
.. [Chen2015] L. Chen et al., J. Power Sources 300 (2015) 376, 10.1016/j.jpowsour.2015.09.055.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY, GAS_CONSTANT

QUANTITATIVE_MOBILITY = 2.0
"""Γ/(width·v) with which a driven front keeps its profile, and so its kinetics, to 0.35 % (`front_response`)."""

SHAPE_MOBILITY = 0.39
"""Γ/(width·v) that keeps the bulk-stability threshold ξ* above 0.3."""


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


def reaction_rate_constant(width: float, exchange_current_density: float, molar_volume: float) -> float:
    """Kinetic coefficient L_η = i₀V_Li/(6δF) [1/s].

    It makes a flat front with the driving bracket B move at i₀V_Li|B|/F, whatever the width: the front law
    of ∂ξ/∂t = … − L_η h′(ξ)B is v = 6δL_η|B|, with h′ = 30ξ²(1 − ξ)².

    Parameters
    ----------
    width : float [m]
    exchange_current_density : float [A/m^2]
    molar_volume : float [m^3/mol]
    """
    return exchange_current_density * molar_volume / (6 * (width / 4) * FARADAY)


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


def sufficient_mobility(width: float, velocity: float, reach: float) -> float:
    """Mobility Γ = L_σκ that keeps the profile of a front in shape, width·v·max(2, 0.39(1 + width/reach)) [m^2/s].

    The first bound makes the front's kinetics right to 0.35 %. The second counters the potential's drop within
    the interface, which drives its outer side harder where charge transfer is fast.

    Parameters
    ----------
    width : float [m]
    velocity : float [m/s]
    reach : float [m]
        σR: the length of electrolyte that resists as much as charge transfer and film.
    """
    return width * velocity * max(QUANTITATIVE_MOBILITY, SHAPE_MOBILITY * (1 + width / reach))


def front_response(stiffness: float) -> float:
    """Velocity of a flat, evenly driven front over that of a stiff one, 6δL_η|B| [1].

    The drive deforms a soft profile, which then advances more slowly. Fitted within 1.5 %, from stiffness 0.39 on,
    to travelling waves of the equation, solved independently (``tests/verification/test_front_velocity.py``):
    0.93 at 0.39, 0.987 at 1, 0.9965 at 2.

    Parameters
    ----------
    stiffness : float [1]
        Γ/(width·v).
    """
    drive = (1 / stiffness) ** 2 if stiffness > 1e-150 else math.inf
    return 1 / (1 + 0.0140 * drive / (1 + 0.0085 * drive)) if math.isfinite(drive) else 0.0


def bulk_stability_threshold(width: float, mobility: float, velocity: float) -> float:
    """Order parameter ξ* above which bulk electrolyte turns into lithium [1]; infinite at rest.

    ξ* = L_σW/(15L_η|B|), with L_σW = Γ/(2δ²) and L_η|B| = v/(6δ): where ξ > ξ*, the reaction −30L_η B ξ²
    outruns the well's −2L_σWξ.

    Parameters
    ----------
    width : float [m]
    mobility : float [m^2/s]
    velocity : float [m/s]
        Velocity of a front with the same driving force as at that place.
    """
    delta = width / 4
    return math.inf if velocity == 0 else mobility / (2 * delta**2) / (15 * velocity / (6 * delta))


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
