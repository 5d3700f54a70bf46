r"""Three phases that meet: pairwise interface energies, the angles they make, and the wells that give these angles.

Order parameters p₁ + p₂ + p₃ = 1. Energies come as (γ₁₂, γ₁₃, γ₂₃); phase 1 is the one that wets, on 2, under 3.

Notes
-----
The free energy is one double well per phase, :math:`F = \sum_i s_i\,[\,g(p_i) + \delta^2|\nabla p_i|^2\,]`, with the
coefficients of spreading :math:`s_i = (\gamma_{ij} + \gamma_{ik} - \gamma_{jk})/2`, so that
:math:`s_i + s_j = \gamma_{ij}`: the interface of any two phases has its energy and the common width, and the third
phase is absent from it (F. Boyer, C. Lapuerta, ESAIM: M2AN 40 (2006) 653, doi:10.1051/m2an:2006028). Phases relax at
rates 1/s_i, with a Lagrange multiplier that keeps their sum. Because Σ∇²p_i = 0 only the wells are coupled:

.. math:: \partial_t p_i = M\,[\nabla^2 p_i - (g'(p_i) - w_i G)/2\delta^2],\qquad G = \sum_j g'(p_j)

with w_i = s_i⁻¹/Σ s_j⁻¹. G is 12 p₁p₂p₃ on the continuum; g′ is odd about ½, so that G vanishes between two phases,
whatever the well. The energies enter by the weights alone. (Derived here from the above for relaxation.)
"""

from __future__ import annotations

import numpy as np

from phasefield.physics.common.energy import double_well_slope

#: Weight of the third phase in `pair_drive`: where it is rigid, and where it yields.
RIGID, YIELDING = 125 / 12, 4.0


def spreading_coefficients(energies):
    """What each phase adds to the energy of its interfaces: s_i + s_j = γ_ij.

    Parameters
    ----------
    energies : sequence of float, shape (3,) [J/m², or any]

    Returns
    -------
    tuple of float, shape (3,) [same]
    """
    γ12, γ13, γ23 = energies
    return (γ12 + γ13 - γ23) / 2, (γ12 + γ23 - γ13) / 2, (γ13 + γ23 - γ12) / 2


def neumann_angles(energies):
    """Dihedral angles of three phases that all yield: the energies are the sides of Neumann's triangle.

    Parameters
    ----------
    energies : sequence of float, shape (3,) [J/m², or any]

    Returns
    -------
    tuple of float, shape (3,) [rad]
        Through phases 1, 2 and 3; their sum is 2π.

    Raises
    ------
    ValueError
        One phase spreads between the others.
    """
    if min(spreading_coefficients(energies)) <= 0:
        raise ValueError(
            "one phase spreads between the others: each interface energy must be below the sum of the other two"
        )
    γ12, γ13, γ23 = energies

    def through(opposite, a, b):
        return float(np.arccos((opposite**2 - a**2 - b**2) / (2 * a * b)))

    return through(γ23, γ12, γ13), through(γ13, γ12, γ23), through(γ12, γ13, γ23)


def contact_angle(energies):
    """Young's contact angle of phase 1 on a rigid phase 2: γ₁₃ cos θ = γ₂₃ − γ₁₂.

    Parameters
    ----------
    energies : sequence of float, shape (3,) [J/m², or any]

    Returns
    -------
    float [rad]

    Raises
    ------
    ValueError
        Phase 1 spreads over phase 2, or phase 3 under phase 1.
    """
    γ12, γ13, γ23 = energies
    cosine = (γ23 - γ12) / γ13
    if abs(cosine) >= 1:
        spread = (
            "the first phase (lithium) spreads over the layer"
            if cosine > 0
            else "the third phase spreads under the first"
        )
        raise ValueError(f"{spread}: there is no contact angle")
    return float(np.arccos(cosine))


def junction_weights(energies, rigid=False):
    """Weights w of the coupling of three wells.

    Parameters
    ----------
    energies : sequence of float, shape (3,) [J/m², or any]
    rigid : bool
        Whether phase 2 is one that nothing moves: the limit of a large s₂, in which Young's law stands in for
        Neumann's triangle and w₁ = (1 + cos θ)/2.

    Returns
    -------
    tuple of float, shape (3,) [1]
        They sum to one.

    Raises
    ------
    ValueError
        No three phases of these energies meet; see `neumann_angles` and `contact_angle`.
    """
    (contact_angle if rigid else neumann_angles)(energies)
    s1, s2, s3 = spreading_coefficients(energies)
    products = (s3, 0.0, s1) if rigid else (s2 * s3, s1 * s3, s1 * s2)
    return tuple(p / sum(products) for p in products)


def junction_slopes(phases, weights, cell=0.0):
    """Slopes of three coupled wells: g′(p_i) − w_i G.

    Parameters
    ----------
    phases : sequence of float, ndarray, fipy.Variable or sympy.Expr, shape (3,) [1]
    weights : sequence of float, shape (3,) [1]
        From `junction_weights`.
    cell : float [δ]
        As in `double_well_slope`.
    """
    slopes = [double_well_slope(p, cell) for p in phases]
    total = slopes[0] + slopes[1] + slopes[2]
    return [slope - weight * total for slope, weight in zip(slopes, weights, strict=True)]


def pair_drive(p, q, third, yielding=YIELDING):
    """What drives phase p onto q: `interpolation_slope` where the two meet, zero where either meets the third.

    Parameters
    ----------
    p, q, third : float, ndarray, fipy.Variable or sympy.Expr [1]
        Order parameters, whose sum is one.
    yielding : float [1]
        `RIGID` or `YIELDING`, as the third phase is.

    Notes
    -----
    30 p²q²(1 + c third). A drive must find the surface of the third phase where the sharp one is: ∫(f − f₀) dx = 0
    across it, f the work on the way from q to p and f₀ that of sharp phases. If the third phase is rigid, p + q = s
    is given and f = s⁵[1 + c(1 − s)], f₀ = s, which makes c = 125/12. If it yields, the two that p drives away
    shrink in proportion and both drives act: f = s² + (1 − s)² + c s(1 − s)/2, f₀ = 1, and c = 4. With c = 0 contact
    angles under a drive are off by (25/12) δ, or 2 δ, over the radius of curvature.
    """
    return 30 * p**2 * q**2 * (1 + yielding * third)


def cap_angle(height, curvature, dimension):
    """Contact angle of a spherical cap (3-D) or a cylinder's segment (2-D): cos θ = 1 − height/radius.

    Parameters
    ----------
    height : float [m, or any length]
        Over what it lies on.
    curvature : float [1/m, or one over that length]
        1/R in 2-D, 2/R in 3-D: Laplace's pressure over the interface energy.
    dimension : int
        2 or 3.

    Returns
    -------
    float [rad]
        nan where no cap is like that, as before a droplet has come to rest.
    """
    cosine = 1 - height * curvature / (dimension - 1)
    return float(np.arccos(cosine)) if abs(cosine) <= 1 else float("nan")
