r"""Charge transfer at lithium beside a phase in which electrons leak, so that V rises away from the surface.

Three things are added to :mod:`phasefield.physics.common.surface`, whose closure each cell of the interface follows:

* *Electrons are taken up on the metal's side.* The flux j that moves the uptake of ions outwards moves that of
  electrons inwards: their current is then iξ² where their conductivity goes as ξ, so φ_e ends outside the metal at the
  value of the surface, as φ_i does inside. What lies ahead of the metal, an insulator or not, does not change it.
* *The metal conducts electrons as far as* ξ_e = 0.03 (:func:`phasefield.theory.excess.electron_share`), and not
  farther: beyond, the leak would be short-circuited.
* *No charge is transferred beyond that*, where V rises to the onset of the electrolyte's reduction, a hundred RT/F.

.. math:: w(\xi) = \frac{\xi^m}{\xi^m + \xi_e^m}\,[a + bq + c(1-2\xi)], \qquad q = \xi(1-\xi)

is the part of the surface's area that is left; a, b and c make a front carry its whole current, move with it, and show
its overpotential in the first step already, where ∂ξ/∂t still is w|∇ξ|B and not yet that of a front that keeps its
shape (docs/decisions/033-two-carriers.md).
"""

from __future__ import annotations

import numpy as np

from phasefield.physics.common.energy import δ
from phasefield.physics.common.surface import FAR, Surface
from phasefield.theory.excess import EDGE, STEEPNESS, electron_share

__all__ = ["electron_share", "electrons_resistance", "share_of_area"]


def _cut(ξ):
    """About 1 where the metal conducts electrons, 0 beyond."""
    return ξ**STEEPNESS / (ξ**STEEPNESS + EDGE**STEEPNESS)


def _weights() -> tuple[float, float, float]:
    """a, b and c.

    A flat front has w(ξ) of its area between ξ and ξ + dξ: ∫w dξ = 1 is its current, 6∫qw dξ = 1 its velocity. In the
    first step the ionic current at ξ is C = 1 − ∫₀w − wq (what is taken up farther out, and what the flux j moves
    there), where that of a front that keeps its shape is (1 − ξ)². The overpotentials of the cells then differ by
    D = ∫₀[(1 − ξ)² − C]/q(1 − ξ) dξ δ/σ, whose mean ∫wD dξ is to be 0. It is quadratic in c: found by secants.
    """
    x = np.linspace(-30.0, 30.0, 60_001)
    ξ = 1 / (1 + np.exp(-x))
    q, rest = ξ * (1 - ξ), 1 / (1 + np.exp(x))
    step = q * (x[1] - x[0])  # dξ
    left = _cut(ξ) * Surface(ξ, np.ones((1, ξ.size))).area
    terms = left * np.array([np.ones_like(ξ), q, 1 - 2 * ξ])
    conditions = np.array([terms @ step, terms @ (6 * q * step)])

    def up_to(values):
        return np.cumsum(values * step) - values * step / 2

    def of(c):
        a, b = np.linalg.solve(conditions[:, :2], 1 - c * conditions[:, 2])
        w = np.array([a, b, c]) @ terms
        current = 1 - up_to(w) - w * q
        return (a, b), np.sum(w * step * up_to((rest**2 - current) / (q * np.maximum(rest, 1e-6))))

    earlier, c = 0.0, 0.1
    missed = of(earlier)[1]
    for _ in range(12):
        ab, miss = of(c)
        if abs(miss) < 1e-13:
            break
        earlier, c, missed = c, c - miss * (c - earlier) / (miss - missed), miss
    return (*ab, c)


_WEIGHTS = _weights()


def share_of_area(ξ):
    """Part w of the surface's area at which charge is transferred [1].

    Parameters
    ----------
    ξ : fipy.CellVariable or ndarray [1]
        Order parameter between 0 and 1, :attr:`phasefield.physics.common.surface.Surface.part`.
    """
    a, b, c = _WEIGHTS
    return _cut(ξ) * (a + b * ξ * (1 - ξ) + c * (1 - 2 * ξ))


def electrons_resistance(ξ):
    r"""Resistance that electrons meet between the metal and a cell, in δ_PF over the metal's σ_e [1].

    Of what charge transfer takes from them: :math:`\int \xi^2/E\,dx = \delta(\xi_e/\xi)^m\xi/(m-1)` in the outer half,
    E the share of :func:`phasefield.theory.excess.electron_share`. Small but far outside, where no electrons come.
    """
    away = (ξ * ξ + FAR**2) ** 0.5
    return δ / (STEEPNESS - 1) * EDGE**STEEPNESS * away ** (1 - STEEPNESS)
