"""Resistance that the metal's diffuse surface lacks compared to a sharp one.
"""

from __future__ import annotations

import numpy as np

#: ξ beyond which the metal does not conduct electrons, and the power with which that ends.
EDGE, STEEPNESS = 0.03, 6


def metal_excess(ratio: float) -> float:
    r"""Resistance that the metal's diffuse surface takes from the product, in units of δ over its conductivity [1].

    Parameters
    ----------
    ratio : float [1]
        Conductivity of the metal over the product's.

    Notes
    -----
    ∫(σ_P/σ₀ − σ_P/σ) dx/δ, with σ = σ_P (1 + ratio E), E of :func:`electron_share` on the tanh profile s, and σ₀ that
    of a sharp surface: :math:`\int_0^1 [\theta(\tfrac12 - s) + \theta(s - \tfrac12)/(1 + \mathrm{ratio})
    - 1/(1 + \mathrm{ratio}\,E(s))]\,ds/(s(1-s))`.
    """
    x = np.linspace(-40.0, 40.0, 20_001)
    s = 0.5 * (1 - np.tanh(x / 2))
    sharp = np.interp(x, [-1e-3, 1e-3], [1 / (1 + float(ratio)), 1.0])
    lacking = sharp - 1 / (1 + float(ratio) * electron_share(s))
    return float(np.mean(lacking[1:] + lacking[:-1]) / 2 * (x[-1] - x[0]))  # trapezoids; SciPy's take long to import


def electron_share(order):
    """Conductivity E for electrons in the metal's diffuse surface, over that of the metal [1].

    About ξ as far as ξ = `EDGE`, so that electrons reach where charge is transferred
    (:mod:`phasefield.physics.plating_interphase.transfer`), whatever lies ahead. Beyond it falls steeply: in parallel
    with a product of 10⁻⁶ of its conductivity the metal ends 5 δ ahead of its surface; with ξ alone, 14 δ ahead.

    Parameters
    ----------
    order : float, ndarray or fipy.Variable [1]
        ξ.
    """
    size = (order**2 + 1e-60) ** 0.5  # beyond 0, a guess must not conduct backwards
    return size ** (STEEPNESS + 1) / (size**STEEPNESS + EDGE**STEEPNESS)
