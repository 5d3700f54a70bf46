"""What a diffuse front lacks of a sharp one's resistance, written anew: integrals over the profile itself, by SciPy."""

import numpy as np
from scipy.integrate import quad


def profile(x: float) -> float:
    """The tanh profile that falls along x; lengths in δ."""
    return 1 / (1 + np.exp(x))


def reach(ψ: float, product: float, electrolyte: float) -> float:
    """Drop over the current between a cell and the surface, in δ: ∫ψ²/σ dx from far ahead, less x/σ_P far inside."""

    def slope(x):
        s = profile(x)
        if electrolyte < product:
            return s**2 / (electrolyte + s * (product - electrolyte))
        return s**2 * (s / product + (1 - s) / electrolyte)

    here = np.log(1 / ψ - 1)
    less = quad(lambda x: slope(x) - 1 / product, -40, here, epsabs=1e-12, limit=200)[0]
    return -here / product - less


def electron_share(ξ: float) -> float:
    """σ_e of the metal's diffuse surface over the metal's: ξ, and ξ⁷/0.03⁶ where that is small."""
    return ξ / (1 + (0.03 / ξ) ** 6)


def metal_excess(ratio: float) -> float:
    """Missing resistance in δ/σ_P of a metal whose surface conducts so, in parallel with the product: ∫(1/σ₀ − 1/σ)dx.

    σ₀ is that of a sharp surface: 1 outside, 1 + ratio inside.
    """

    def less(x):
        return 1 / (1 + ratio * electron_share(profile(x)))

    outside = quad(lambda x: 1 - less(x), 0, 40, epsabs=1e-12, limit=400, points=[3.5, 5])[0]
    return outside - quad(lambda x: less(x) - 1 / (1 + ratio), -40, 0, epsabs=1e-12, limit=400)[0]
