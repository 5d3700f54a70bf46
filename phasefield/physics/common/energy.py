r"""Double well and interpolation of the phase-field free energy.

The functions accept and return floats, arrays, FiPy variables or SymPy symbols.

Notes
-----
With :math:`f = W g(\xi) + \tfrac{\kappa}{2}|\nabla\xi|^2` and :math:`\delta = \sqrt{\kappa/2W}` a flat
interface is :math:`\xi = \tfrac12[1 - \tanh(x/2\delta)]`; its energy is
:math:`\gamma = \kappa/6\delta = \sqrt{\kappa W/18}`, and on it :math:`|\nabla\xi| = \xi(1-\xi)/\delta`.
The tanh width named ``interface.width`` in a deck is :math:`\delta_{PF} = 4\delta`.
"""

import numpy as np

#: δ in units of the interface width δ_PF.
δ = 0.25


def double_well(ξ):
    """Double well g = ξ²(1 − ξ)², in units of W."""
    return ξ**2 * (1 - ξ) ** 2


def double_well_slope(ξ, cell=0.0):
    """dg/dξ = 2ξ(1 − ξ)(1 − 2ξ); on a mesh, the slope that keeps the tanh profile exact there.

    Parameters
    ----------
    ξ : float, ndarray, fipy.Variable or sympy.Expr [1]
        Order parameter.
    cell : float [δ]
        Cell size h; 0 for the continuum.

    Notes
    -----
    With t = tanh(h/2δ) the second difference of ξ = ½[1 − tanh(x/2δ)] is, in every cell and wherever the
    front lies between them, (4t²/h²) ξ(1 − ξ)(1 − 2ξ)/[1 − t²(1 − 2ξ)²]. A well with this slope so has no
    lattice error in a front across an axis; it tends to the continuum's as h². Derived here; lattices that do
    not pin a front for this reason are known since Speight, Nonlinearity 10 (1997) 1615,
    doi:10.1088/0951-7715/10/6/010, and in phase-field models since Finel et al., Phys. Rev. Lett. 121 (2018)
    025501, doi:10.1103/PhysRevLett.121.025501.
    """
    slope = 2 * ξ * (1 - ξ) * (1 - 2 * ξ)
    if cell == 0:
        return slope
    t = np.tanh(cell / 2)
    return slope * (2 * t / cell) ** 2 / (1 - (t * (1 - 2 * ξ)) ** 2)


def interpolation(ξ):
    """Interpolation h = ξ³(6ξ² − 15ξ + 10): 0 in the electrolyte, 1 in the metal, flat at both."""
    return ξ**3 * (6 * ξ**2 - 15 * ξ + 10)


def interpolation_slope(ξ):
    """dh/dξ = 30ξ²(1 − ξ)²; ∫h′ |∇ξ| dx = 1 across an interface."""
    return 30 * ξ**2 * (1 - ξ) ** 2


def equilibrium_profile(distance, width):
    """Order parameter at a signed distance from a flat interface.

    Parameters
    ----------
    distance : array_like [m, or any length]
        Distance from the surface, positive in the electrolyte.
    width : float [same length]
        Interface width δ_PF = 4δ.

    Returns
    -------
    ndarray [1]
        ξ = ½[1 − tanh(2 distance/width)].
    """
    return 0.5 * (1 - np.tanh(2 * np.asarray(distance) / width))


def cubic_anisotropy(normal_squares, strength):
    """Factors that turn the isotropic flux κ₀∇ξ into that of a cubic gradient energy.

    Parameters
    ----------
    normal_squares : sequence of float, ndarray or fipy.Variable [1]
        Squares n_i² of the components of the unit normal; they sum to one.
    strength : float [1]
        ε of a(n) = 1 − 3ε + 4ε Σ n_i⁴; in 2-D, a = 1 + ε cos 4θ. Convex while ε < 1/15.

    Returns
    -------
    list [1]
        m_i with J_i = κ₀ m_i ∂_iξ, where m_i = a[a + 16ε(n_i² − Σ n_j⁴)]: the variational flux of
        f = ½κ₀a(n)²|∇ξ|² is diagonal, so it keeps the matrix an M-matrix.
    """
    a, factors = _cubic(normal_squares, strength)
    return [a * factor for factor in factors]


def cubic_normal(normal_squares, strength):
    """Factors that turn the unit normal into the vector whose divergence is the curvature weighted by the energy.

    The vector is ∂γ(n)/∂n over the mean energy (Hoffman & Cahn, Surf. Sci. 31 (1972) 368,
    doi:10.1016/0039-6028(72)90268-3); in 2-D the curvature K becomes (a + a″)K = (1 − 15ε cos 4θ)K.

    Parameters
    ----------
    normal_squares, strength
        As for :func:`cubic_anisotropy`.
    """
    return _cubic(normal_squares, strength)[1]


def _cubic(normal_squares, strength):
    q = sum(s * s for s in normal_squares)
    a = 1 - 3 * strength + 4 * strength * q
    return a, [a + 16 * strength * (s - q) for s in normal_squares]
