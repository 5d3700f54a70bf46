"""Resistance that a diffuse front lacks compared to a sharp one, and the corrections for it.

References
----------
.. [KarmaRappel] A. Karma, W.-J. Rappel, Phys. Rev. E 57 (1998) 4323, doi:10.1103/PhysRevE.57.4323: the kinetic
   coefficient that compensates the thickness of the interface.
"""

from __future__ import annotations

import numpy as np

#: ξ beyond which the metal does not conduct electrons, and the power with which that ends.
EDGE, STEEPNESS = 0.03, 6


def interface_excess(ratio: float) -> float:
    r"""Resistance that a diffuse front lacks, in units of δ over the product's conductivity [1].

    Parameters
    ----------
    ratio : float [1]
        Conductivity of the electrolyte over the product's, of one carrier.

    Notes
    -----
    A flat front moving at v with the profile ψ takes up current as v ∂ψ/∂x, so the current at x is i ψ(x) and the
    potential there differs from that of a sharp front; the rate sees its mean with weight h′(ψ)|∂ψ/∂x|. Swapping
    the integrals gives the missing drop (iδ/σ_P) A with

    .. math:: A = \int_0^1 \Big[1 - s\,\frac{\sigma_P}{\sigma(s)}\Big] \frac{h(s)}{s(1-s)}\,ds ,

    σ(s) the mean of :func:`phasefield.physics.interphase.model.mixture`. A is 0.442 for an electrolyte that does not
    conduct, 0.783 for one that conducts as the product does, 1.283 for a much better one. Putting A δ/σ_P in series
    with the reaction makes the diffuse front that of a sharp one, to first order in δ ([KarmaRappel]_'s idea). Derived
    here.
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    s, weights = (nodes + 1) / 2, weights / 2
    share = s / (np.sqrt(s) * (1 - ratio) + ratio) if ratio < 1 else s * (s + (1 - s) / ratio)
    h_over_s = s**2 * (6 * s**2 - 15 * s + 10)
    return float(np.sum(weights * (1 - share) / (1 - s) * h_over_s))


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
