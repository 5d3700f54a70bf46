"""What a diffuse front lacks of a sharp one's resistance, written anew: integrals over the profile itself, by SciPy.

The program integrates over s = ψ; here the drop is integrated along x, and then weighted with the rate's h′|ψ′|.
"""

import numpy as np
from scipy.integrate import quad

#: Of the program's integral over the metal's surface, in δ.
HALF_STEP = 0.002


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


def metal_excess(ratio: float) -> float:
    """Missing resistance in δ/σ_P of a metal whose share of ln σ_e is 1 − (1 − ξ)²: outside 1 − σ_P/σ, inside −σ_P/σ.

    Inside it counts forty δ of metal, 40/ratio: nothing for a metal, whose ratio is above 10⁶. The program adds up
    trapezoids of 0.004 δ, which miss half a step where the sharp surface jumps: known, and too small to show in a run.
    """

    def less(x):
        return ratio ** -(1 - (1 - profile(x)) ** 2)

    outside = quad(lambda x: 1 - less(x), 0, 40, epsabs=1e-12, limit=400)[0]
    return outside - quad(less, -40, 0, epsabs=1e-12, limit=400)[0] - HALF_STEP
