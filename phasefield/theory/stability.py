"""Linear stability of a flat front: growth of small ripples.

References
----------
.. [MonroeNewman2005] C. Monroe, J. Newman, J. Electrochem. Soc. 152 (2005) A396, 10.1149/1.1850854.
.. [BartonBockris1962] J. L. Barton, J. O'M. Bockris, Proc. R. Soc. Lond. A 268 (1962) 485, 10.1098/rspa.1962.0154.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.root import root


def growth_rate(
    wavenumber: float, velocity: float, conductivity: float, resistance: float, mobility: float, elasticity: float = 0.0
) -> float:
    """Growth rate of a small ripple on a flat front, ω = k(v − ek − σRΓk²)/(1 + σRk) [1/s].

    Secondary current distribution in a gap ≫ 1/k. To first order in a ripple ε cos kx the electrolyte's
    potential gains Ae^(−ky); Ohm's law −σkA = δi, kinetics δv = (V_Li/F)(iε/σ + A)/R − Γk²ε and Faraday's
    law for the whole δv eliminate A. A solid electrolyte presses on a crest with Kkε
    (:func:`phasefield.theory.elasticity.ripple_modulus`), which takes KkεV_Li/F from the overpotential. Unlike here,
    the forces on both sides of the surface are not equal in [MonroeNewman2005]_.

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
    elasticity : float [m^2/s]
        e = σ(V_Li/F)²K of a solid electrolyte.
    """
    k, reach = wavenumber, conductivity * resistance
    return k * (velocity - elasticity * k - reach * mobility * k**2) / (1 + reach * k)


def most_unstable_wavelength(
    velocity: float, conductivity: float, resistance: float, mobility: float, elasticity: float = 0.0
) -> float:
    """Wavelength at which `growth_rate` is largest [m]; infinite if the front is stable (v ≤ 0).

    The positive root of v − 2ek − (3a + be)k² − 2abk³ = 0, with a = σRΓ and b = σR.

    Parameters
    ----------
    velocity : float [m/s]
    conductivity : float [S/m]
    resistance : float [ohm m^2]
    mobility : float [m^2/s]
    elasticity : float [m^2/s]
        e, as for `growth_rate`.
    """
    if velocity <= 0:
        return math.inf
    reach = conductivity * resistance
    shortest = math.sqrt(velocity / (3 * reach * mobility))
    # In units of that bound, q³·(2b·shortest/3) + q² = 1 has its root in (0, 1]; so has the same with e.
    once, twice = 2 * elasticity * shortest / velocity, 1 + reach * elasticity * shortest**2 / velocity
    q = root(lambda q: once * q + twice * q**2 + 2 / 3 * reach * shortest * q**3 - 1, 0.0, 1.0)
    return 2 * math.pi / (q * shortest)


def marginal_wavelength(
    velocity: float, conductivity: float, resistance: float, mobility: float, elasticity: float = 0.0
) -> float:
    """Wavelength below which ripples decay [m]; infinite if the front is stable (v ≤ 0).

    2π√(σRΓ/v) without elasticity; with it, v = ek + σRΓk².

    Parameters
    ----------
    velocity : float [m/s]
    conductivity : float [S/m]
    resistance : float [ohm m^2]
    mobility : float [m^2/s]
    elasticity : float [m^2/s]
        e, as for `growth_rate`.
    """
    if velocity <= 0:
        return math.inf
    half = elasticity / (2 * velocity)
    return 2 * math.pi * (half + math.sqrt(half**2 + conductivity * resistance * mobility / velocity))


def ripple_conductivity(
    conductivity: float,
    concentration: float,
    diffusivity: float,
    transference_number: float,
    thermodynamic_factor: float,
    temperature: float,
    polarisation: float,
) -> float:
    """Conductivity by which a ripple on a lithium front feels a binary electrolyte [S/m].

    With it in place of σ, `growth_rate`, `most_unstable_wavelength` and `marginal_wavelength` hold for a salt that
    is depleted or used up at the front, while diffusion is fast (v ≪ Dk).

    A crest reaches liquid with more salt, so the salt adds to what Ohm's law gives:
    1/σ + (1 − t₊)[2(1 − t₊)χRT/F + α_a i R_ct]/(FDc), with σ and c at the front: resistance, concentration
    potential, and the exchange current i₀ ∝ c^α_a. Derived here: c is harmonic, and φ follows it, dφ/dc = β/c +
    FD/((1 − t₊)σ), so a ripple A raises c by (A − a e^(−ky))∂c/∂y and all of them likewise. In the limit c → 0 it
    vanishes, charge transfer has no reach any more, and the growth is that of Mullins and Sekerka's instability
    without surface tension, ω = vk. [BartonBockris1962]_ treat a tip in the same way.

    Parameters
    ----------
    conductivity : float [S/m]
        Of the electrolyte at the front.
    concentration : float [mol/m^3]
        Of the salt at the front.
    diffusivity : float [m^2/s]
    transference_number, thermodynamic_factor : float [1]
    temperature : float [K]
    polarisation : float [V]
        α_a i R_ct, by which the rate depends on the concentration at the front.
    """
    β = 2 * (1 - transference_number) * thermodynamic_factor * GAS_CONSTANT * temperature / FARADAY
    taken = (1 - transference_number) / (FARADAY * diffusivity * concentration)
    return 1 / (1 / conductivity + taken * (β + polarisation))
