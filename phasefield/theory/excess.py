"""Resistance that a diffuse front lacks compared to a sharp one, and the corrections for it.

References
----------
.. [KarmaRappel] A. Karma, W.-J. Rappel, Phys. Rev. E 57 (1998) 4323, doi:10.1103/PhysRevE.57.4323: the kinetic
   coefficient that compensates the thickness of the interface.
"""

from __future__ import annotations

import numpy as np


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
    ∫(1 − σ_P/σ) dx/δ from the surface outward, less ∫ σ_P/σ dx/δ inward, with σ = σ_P ratio^w, w of
    :func:`electron_weight`, on the tanh profile s:
    :math:`\int_0^1 [\theta(\tfrac12 - s) - \mathrm{ratio}^{-w(s)}]\,ds/(s(1-s))`.
    """
    x = np.linspace(-40.0, 40.0, 20_001)
    s = 0.5 * (1 - np.tanh(x / 2))
    lacking = np.where(x > 0, 1.0, 0.0) - float(ratio) ** -electron_weight(s)
    return float(np.mean(lacking[1:] + lacking[:-1]) / 2 * (x[-1] - x[0]))  # trapezoids; SciPy's take long to import


def electron_weight(order):
    """Share 1 − (1 − ξ)² of the metal in the logarithm of σ_e in its diffuse surface [1].

    Electrons must reach where charge is transferred (`phasefield.physics.plating_interphase.model.surface_weight`),
    whatever lies ahead. With ξ itself a surface on a product of 10⁻⁶ of the metal's σ_e resisted twice as much as its
    charge transfer, now by a fifth more; a steeper share costs the linear solver its digits, and a mean in parallel
    would carry the metal's conduction far ahead.

    Parameters
    ----------
    order : float, ndarray or fipy.Variable [1]
        ξ.
    """
    return 1 - (1 - order) ** 2
