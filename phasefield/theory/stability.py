"""Linear stability of a flat front: growth of small ripples.

References
----------
.. [MonroeNewman2005] C. Monroe, J. Newman, J. Electrochem. Soc. 152 (2005) A396, 10.1149/1.1850854.
"""

from __future__ import annotations

import math

from phasefield.theory.root import root


def growth_rate(
    wavenumber: float, velocity: float, conductivity: float, resistance: float, mobility: float
) -> float:
    """Growth rate of a small ripple on a flat front, ω = k(v − σRΓk²)/(1 + σRk) [1/s].

    Secondary current distribution in a gap ≫ 1/k. To first order in a ripple ε cos kx the electrolyte's
    potential gains Ae^(−ky); Ohm's law −σkA = δi, kinetics δv = (V_Li/F)(iε/σ + A)/R − Γk²ε and Faraday's
    law for the whole δv eliminate A. [MonroeNewman2005]_ treat the same with elasticity.

    Parameters
    ----------
    wavenumber : float [1/m]
    velocity : float [m/s]
        Velocity of the flat front, plating positive.
    conductivity : float [S/m]
    resistance : float [ohm m^2]
        Resistance of charge transfer at the flat front's current, plus film.
    mobility : float [m^2/s]
        Γ = L_σκ, or `physical_mobility`.
    """
    k, reach = wavenumber, conductivity * resistance
    return k * (velocity - reach * mobility * k**2) / (1 + reach * k)


def most_unstable_wavelength(
    velocity: float, conductivity: float, resistance: float, mobility: float
) -> float:
    """Wavelength at which `growth_rate` is largest [m]; infinite if the front is stable (v ≤ 0).

    The positive root of v − 3ak² − 2abk³ = 0, with a = σRΓ and b = σR.

    Parameters
    ----------
    velocity : float [m/s]
    conductivity : float [S/m]
    resistance : float [ohm m^2]
    mobility : float [m^2/s]
    """
    if velocity <= 0:
        return math.inf
    reach = conductivity * resistance
    shortest = math.sqrt(velocity / (3 * reach * mobility))
    # In units of that bound, q³·(2b·shortest/3) + q² = 1 has its root in (0, 1].
    q = root(lambda q: q**2 + 2 / 3 * reach * shortest * q**3 - 1, 0.0, 1.0)
    return 2 * math.pi / (q * shortest)


def marginal_wavelength(velocity: float, conductivity: float, resistance: float, mobility: float) -> float:
    """Wavelength below which ripples decay, 2π√(σRΓ/v) [m]; infinite if the front is stable (v ≤ 0).

    Parameters
    ----------
    velocity : float [m/s]
    conductivity : float [S/m]
    resistance : float [ohm m^2]
    mobility : float [m^2/s]
    """
    if velocity <= 0:
        return math.inf
    return 2 * math.pi * math.sqrt(conductivity * resistance * mobility / velocity)
