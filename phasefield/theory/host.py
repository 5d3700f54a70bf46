r"""Theory of lithium plated beside a host that conducts ions and electrons and stores lithium.

A host 0 < z < h lies between the lithium and an electrolyte that electrons do not enter. It takes up lithium at the
rate G(−V) per volume, V = φ_e − φ_i and G = F²c_hk/(RT) (for empty pores), so V″ = V/Λ² with
Λ = √(σ̄/G), σ̄ = σ_iσ_e/(σ_i + σ_e): the porous electrode of [NewmanTobias]_.

References
----------
.. [NewmanTobias] J. S. Newman, C. W. Tobias, J. Electrochem. Soc. 109 (1962) 1183, doi:10.1149/1.2425269.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.interphase import ambipolar_conductivity


def spreading_length(ionic: float, electronic: float, room: float, rate: float, temperature: float = 298.15) -> float:
    """Λ = √(σ̄RT/(F²c_hk)) [m]: how far from its edges a host takes part.

    Parameters
    ----------
    ionic, electronic : float [S/m]
    room : float [mol/m^3]
        c_h, lithium that a volume of host can take up.
    rate : float [1/s]
        k per RT/F.
    temperature : float [K]
    """
    per_volume = FARADAY**2 * room * rate / (GAS_CONSTANT * temperature)
    return math.sqrt(ambipolar_conductivity(ionic, electronic) / per_volume)


def front_share(ionic: float, electronic: float, thickness: float, length: float, resistance: float) -> float:
    r"""Part of a current that plates at the lithium's own front, under an empty host [1].

    With V = −R i_f at the front, V′(0) = (i − i_f)/σ_e − i_f/σ_i and V′(h) = −i/σ_i,

    .. math:: \frac{i_f}{i} = \frac{\bar\sigma\cosh H/\sigma_e + \bar\sigma/\sigma_i}
                                   {\cosh H + (R\bar\sigma/\Lambda)\sinh H}, \quad H = h/\Lambda.

    1 for a host that only ions cross; 1/cosh H where electrons are fast and the front does not resist.

    Parameters
    ----------
    ionic, electronic : float [S/m]
    thickness : float [m]
        h.
    length : float [m]
        Λ of :func:`spreading_length`.
    resistance : float [ohm m^2]
        R, of charge transfer at the front.
    """
    deep, both = thickness / length, ambipolar_conductivity(ionic, electronic)
    through = both * (math.cosh(deep) / electronic + 1 / ionic)
    return through / (math.cosh(deep) + resistance * both / length * math.sinh(deep))


def growth_rate_in_host(
    wavenumber: float, velocity: float, conductivity: float, resistance: float, mobility: float, length: float
) -> float:
    r"""Growth rate of a small ripple of a front that advances in a deep host, electrons fast [1/s].

    As `phasefield.theory.growth_rate`, but with φ″ = φ/Λ² in the host, so that a ripple's potential dies out as
    exp(−qz), q² = k² + 1/Λ², and the flat front's has the curvature i_f R/Λ²:

    .. math:: \omega = \frac{v q\,[1 + \sigma R/(q\Lambda^2)] - \sigma R\Gamma k^2 q}{1 + \sigma R q} .

    Parameters
    ----------
    wavenumber : float [1/m]
    velocity : float [m/s]
        Velocity of the front: that of the whole current times :func:`front_share`.
    conductivity : float [S/m]
        Ionic conductivity of the host.
    resistance : float [ohm m^2]
    mobility : float [m^2/s]
        Γ.
    length : float [m]
        Λ; infinite gives back the law without uptake.
    """
    k, reach = wavenumber, conductivity * resistance
    q = math.hypot(k, 1 / length)
    return (velocity * (q + reach / length**2) - reach * mobility * k**2 * q) / (1 + reach * q)


def lithiated_amount(time: float, ionic: float, electronic: float, room: float, potential: float) -> float:
    """Lithium that a deep, fast host takes from lithium it touches: 2√(σ̄ c_h U₀ t/(πF)) [mol/m²].

    With fast uptake V = U₀(1 − θ) everywhere, so lithium diffuses with D = σ̄U₀/(Fc_h) into a host that is empty far
    away; at the lithium θ = 1. So much is 2c_h√(Dt/π).

    Parameters
    ----------
    time : float [s]
    ionic, electronic : float [S/m]
    room : float [mol/m^3]
    potential : float [V]
        U₀, of the empty host.
    """
    diffusivity = ambipolar_conductivity(ionic, electronic) * potential / (FARADAY * room)
    return 2 * room * math.sqrt(diffusivity * time / math.pi)
