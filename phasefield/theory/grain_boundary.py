"""The energy of a crack along a weak grain boundary whose damage is wider than the boundary.

A crack of a phase-field model takes energy from all cells that it damages, so a boundary that is narrower than the
damage, 4l in AT1, seems tougher than it is: with a width of l and a tenth of the energy per area in its middle, a crack
along it takes half of that of the solid. Here the energy in the middle is found with which a crack along the boundary
takes what it should, on the cells of a run (A. C. Hansen-Dörr, R. de Borst, P. Hennig, M. Kästner, Comput. Methods
Appl. Mech. Eng. 346, 25 (2019), do the same for a boundary of constant properties).
"""

from __future__ import annotations

import math

import numpy as np

#: Least energy in the middle of a boundary, over that of the solid.
LEAST = 1e-3
#: Distance from the crack up to which the damage is resolved, in l: 2 in AT1, and AT2's has decayed to exp(−12).
REACH = 12.0


def profile_energy(weights, spacing: float, power: int) -> float:
    """Energy of a crack in the middle of a row of cells, in units of 1/2c of the energy of a sharp one.

    Parameters
    ----------
    weights : ndarray
        Energy per area of each cell of a row, of odd length.
    spacing : float [l]
        Cell size.
    power : int
        1 for AT1, 2 for AT2.

    Notes
    -----
    The least of Σ G dᵖ + ΣG (Δd)²/h² with d = 1 in the middle and d ≥ 0, which is an obstacle problem of an M-matrix:
    the cells at zero are found by an active set (M. Hintermüller, K. Ito, K. Kunisch, SIAM J. Optim. 13, 865 (2002)).
    """
    faces = 0.5 * (weights[1:] + weights[:-1]) / spacing**2
    matrix = np.diag(np.append(faces, 0) + np.append(0, faces)) - np.diag(faces, 1) - np.diag(faces, -1)
    cost = np.zeros(len(weights))
    if power == 1:
        cost = 0.5 * weights
    else:
        matrix += np.diag(weights)
    middle = len(weights) // 2
    free = np.ones(len(weights), bool)
    free[middle] = False
    for _ in range(len(weights)):
        d = np.zeros(len(weights))
        d[middle] = 1.0
        right = -cost - matrix[:, middle]
        d[free] = np.linalg.solve(matrix[np.ix_(free, free)], right[free])
        push = matrix @ d + cost
        now = np.where(free, d >= 0, push < -1e-12)
        now[middle] = False
        if np.array_equal(now, free):
            break
        free = now
    return float(spacing * (weights @ d**power + np.sum(faces * np.diff(d) ** 2)))


def crack_energy(local: float, width: float, length: float, spacing: float, power: int = 1) -> float:
    """Energy of a crack along a boundary over that of a crack in the solid [1].

    Parameters
    ----------
    local : float [1]
        Energy per area in the middle of the boundary over that of the solid, which is 1 − (1 − local) exp(−(2x/width)²)
        at a distance x.
    width, length, spacing : float [m]
        Full width of the boundary, l of the damage, cell size. The result is the mean over a boundary in the middle of
        a cell and one between two cells.
    power : int
        1 for AT1, 2 for AT2.
    """
    cells = math.ceil(REACH * length / spacing)
    x = np.arange(-cells, cells + 1) * spacing

    def energy(at, factor):
        return profile_energy(1 - (1 - factor) * np.exp(-((2 * (x - at) / width) ** 2)), spacing / length, power)

    return 0.5 * (energy(0.0, local) + energy(0.5 * spacing, local)) / energy(0.0, 1.0)


def local_energy(wanted: float, width: float, length: float, spacing: float, power: int = 1) -> float | None:
    """Energy per area in the middle of a boundary over that of the solid, with which a crack along it takes `wanted`.

    Parameters
    ----------
    wanted : float [1]
        Energy of a crack along the boundary over that of one in the solid, at most 1.
    width, length, spacing, power
        As in `crack_energy`.

    Returns
    -------
    float [1] or None
        None if even a boundary that costs nothing in its middle would take more.
    """
    rest = width, length, spacing, power
    if wanted >= 1:
        return 1.0
    if crack_energy(LEAST, *rest) > wanted:
        return None
    from scipy.optimize import brentq  # here: it takes long to import, and few decks need it

    return float(brentq(lambda local: crack_energy(local, *rest) - wanted, LEAST, 1.0, xtol=1e-6))


def least_width(wanted: float, length: float, spacing: float, power: int = 1) -> float:
    """Width of a boundary from which on a crack along it can take `wanted` [unit of the length].

    Parameters
    ----------
    wanted, length, spacing, power
        As in `local_energy`.
    """
    high = spacing
    while crack_energy(LEAST, high, length, spacing, power) > wanted:
        high *= 2
    if high == spacing:
        return high
    rest = length, spacing, power
    from scipy.optimize import brentq

    return float(brentq(lambda width: crack_energy(LEAST, width, *rest) - wanted, 0.5 * high, high, rtol=1e-3))
