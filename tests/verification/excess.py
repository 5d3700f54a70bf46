"""What a diffuse front lacks of a sharp one's resistance, written anew: integrals over the profile itself, by SciPy.

The program integrates over s = ψ; here the drop is integrated along x, and then weighted with the rate's h′|ψ′|.
"""

import numpy as np
from scipy.integrate import quad


def profile(x: float) -> float:
    """The tanh profile that falls along x; lengths in δ."""
    return 1 / (1 + np.exp(x))


def interface_excess(ratio: float) -> float:
    """Missing resistance in δ/σ_P: −∫ h′|ψ′| ∫ ψ σ_P/σ, with the drop of a sharp front, x for x < 0, taken off."""

    def slope(x):
        ψ = profile(x)
        return ψ / (ratio + np.sqrt(ψ) * (1 - ratio)) if ratio < 1 else ψ * (ψ + (1 - ψ) / ratio)

    # ∫ w(x) drop(x) dx = −∫ drop′ W dx with W the weight beyond x; drop = x far inside, where slope is 1.
    def beyond(x):
        ψ = profile(x)
        return ψ**3 * (6 * ψ**2 - 15 * ψ + 10)  # the weight 30 ψ³(1 − ψ)³ integrated from x to ∞

    below = quad(lambda x: slope(x) * beyond(x) - 1, -40, 0, epsabs=1e-12, limit=200)[0]
    above = quad(lambda x: slope(x) * beyond(x), 0, 40, epsabs=1e-12, limit=200)[0]
    return -(below + above)


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
