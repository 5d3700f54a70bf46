"""Residual and exact Jacobian of equations (1)-(4), cell by cell, as one would write them in C++.

Finite volumes on a uniform grid, two-point fluxes with arithmetic face means, mirrors on every face but the top:
what FiPy makes of the same equations. Everything is divided by the volume of a cell. All that depends on the predicted
fields only is computed once per step, by `surveyor`; the iterations of the step read it.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from phasefield.physics.common.surface import FAR, FLAT, NEGLIGIBLE, STEEP, TAIL
from phasefield.physics.plating.salt import LAST_SALT, LEAST_REACH


class Constants(NamedTuple):
    """Numbers of the equations, as in :class:`phasefield.physics.plating.model.Parameters`."""

    mobility: float
    conductivity: float
    exponent: float
    floor: float
    anodic: float
    cathodic: float
    tanh: float  # of half a cell over δ, for the well of the mesh
    cell: float  # over δ
    delta: float
    pull: float  # 2(1 − t₊)χ
    diffusivity: float
    uptake: float  # (1 − t₊) c_Li/c₀
    depletion: float  # that over D: slope of c at the surface over the current
    current: float  # that enters at the top, over the height of a cell
    salt: float  # the same of salt
    a: float  # (a + bξ(1 − ξ))|∇ξ| is the area of the surface
    b: float


#: What `surveyor` finds in each cell, with one number for each of its faces from FACES on; CURRENT is that per area of
#: the surface, where the next solve for it begins.
AREA, REACH, CURRENT, FACES = range(4)
SURVEYED = FACES + 6
#: Relative change of the current after which it is known to round-off, by Newton's quadratic convergence.
LAST_CHANGE = 1e-10


@numba.njit(cache=True, fastmath=True, error_model="numpy")
def slope(u, z, y, x, field, axis, spacing):
    """Derivative of a field in a cell by central differences; beyond the ends of the array is a mirror."""
    nz, ny, nx = u.shape[:3]
    if axis == 0:
        step = u[z, y, min(x + 1, nx - 1), field] - u[z, y, max(x - 1, 0), field]
    elif axis == 1:
        step = u[z, min(y + 1, ny - 1), x, field] - u[z, max(y - 1, 0), x, field]
    else:
        step = u[min(z + 1, nz - 1), y, x, field] - u[max(z - 1, 0), y, x, field]
    return step / (2 * spacing[axis])


def surveyor(fields: int):
    """Compiled ``survey(u, old, spacing, owned, dt, constants, out)`` for 2 or 3 fields.

    Notes
    -----
    ``u`` is the prediction of the step's end, with neighbours across edges, too; ``old`` its start. ``out``, shape
    (cells, `SURVEYED`), receives the surface's area per volume, its reach −δ ln ξ, and per face δn/(2hΔt), which makes
    −∇·(δ ∂ξ/∂t n) of the gains of ξ in the cell and its neighbour; n points into the cell where it is positive.
    """
    binary = fields == 3

    @numba.njit(cache=True, fastmath=True, error_model="numpy")
    def survey(u, old, spacing, owned, dt, k, out):
        nz, ny, nx = u.shape[:3]
        cell = 0
        for z in range(owned[2, 0], owned[2, 1]):
            for y in range(owned[1, 0], owned[1, 1]):
                for x in range(owned[0, 0], owned[0, 1]):
                    ξ = u[z, y, x, 0]
                    middle = FLAT**2
                    for axis in range(3):
                        g = slope(u, z, y, x, 0, axis, spacing)
                        middle += (0.5 * (g + slope(old, z, y, x, 0, axis, spacing))) ** 2
                    half = 0.5 * (ξ + old[z, y, x, 0])
                    q = half * (1 - half)
                    on_mesh = k.cell / (2 * k.tanh) * (1 - (k.tanh * (1 - 2 * half)) ** 2)
                    out[cell, AREA] = np.sqrt(middle) * on_mesh * q * q / (q * q + TAIL**2) * (k.a + k.b * q)
                    reach = max(-0.5 * k.delta * np.log(ξ * ξ + FAR**2), 0.0)
                    if binary:
                        steep = (STEEP * k.delta) ** 4 * middle * middle
                        out[cell, AREA] *= (1 + STEEP**4) * q**4 / (q**4 + steep)
                        reach = np.sqrt(reach * reach + (LEAST_REACH * k.delta) ** 2)
                    out[cell, REACH] = reach

                    for face in range(6):
                        axis, side = face // 2, 2 * (face % 2) - 1
                        X, Y, Z = x + side * (axis == 0), y + side * (axis == 1), z + side * (axis == 2)
                        if not (0 <= X < nx and 0 <= Y < ny and 0 <= Z < nz):
                            continue
                        h = spacing[axis]
                        normal = (u[Z, Y, X, 0] - ξ) / h
                        square = normal * normal + FLAT**2
                        for across in range(3):
                            if across != axis:
                                g = slope(u, z, y, x, 0, across, spacing) + slope(u, Z, Y, X, 0, across, spacing)
                                square += 0.25 * g * g
                        out[cell, FACES + face] = 0.5 * k.delta * normal / (np.sqrt(square) * h * dt)
                    cell += 1

    return survey


@numba.njit(cache=True, fastmath=True, error_model="numpy")
def current(η, r, κ, w, J, anodic, cathodic, pull, exponent):
    """J of J = x^α_a B(y), x = 1 + κJ, y + rJ + 2(1 − t₊)χ ln x + w (x^(1−p) − 1)/(1 − p) = η, and its slopes by η, κ
    and w.

    Newton's method from a guess, kept between 0 and η/r; it leaves a tenth of x at least.
    """
    bound = η / max(r, 1e-300)
    low, high, least = min(bound, 0.0), max(bound, 0.0), 0.1
    for _ in range(60):
        J = min(max(J, low, (least - 1) / max(κ, 1e-300)), high)
        x = 1 + κ * J
        least = 0.1 * x
        bend = x ** (1 - exponent)
        ohmic = np.log(x) if exponent == 1.0 else (bend - 1) / (1 - exponent)
        y, power = η - r * J - pull * np.log(x) - w * ohmic, x**anodic
        forward, backward = power * np.exp(anodic * y), power * np.exp(-cathodic * y)
        conductance, found = anodic * forward + cathodic * backward, forward - backward
        by_x = (anodic * found - (pull + w * bend) * conductance) / x
        slope = 1 + r * conductance - κ * by_x
        change = (found - J) / slope
        J += change
        if abs(change) < LAST_CHANGE * (1 + abs(J)):
            return J, conductance / slope, by_x * J / slope, -conductance * ohmic / slope
    return np.nan, np.nan, np.nan, np.nan


def slots(fields: int) -> list[tuple[int, int, int]]:
    """Entries that one cell has in the matrix: (row's field, column's field, neighbours 0 or 6)."""
    single = [(0, 0, 6), (0, 1, 0), (1, 1, 6), (1, 0, 6)]
    return single if fields == 2 else [*single, (0, 2, 0), (1, 2, 6), (2, 2, 6), (2, 0, 6), (2, 1, 0)]


def assembler(fields: int):
    """Compiled ``assemble(u, old, surveyed, weights, owned, at_top, dt, constants, out, residual)``.

    Parameters
    ----------
    fields : int
        2: ξ, φ. 3: ξ, φ, c.

    Notes
    -----
    ``u`` and ``old``, shape (z, y, x, fields), hold one layer of neighbours where there are any; ``owned``, shape
    (3, 2), says where the rank's own cells begin and end in them, and ``weights`` is 1/h² by axis (x, y, z).
    ``surveyed`` is of `surveyor`; the currents in it are renewed. ``out``, shape (cells, entries), receives the matrix
    in the order of `slots`, neighbours as −x, +x, −y, +y, −z, +z after the cell itself; ``residual`` has shape
    (cells, fields).
    """
    binary = fields == 3

    @numba.njit(cache=True, fastmath=True, error_model="numpy")
    def assemble(u, old, surveyed, weights, owned, at_top, dt, k, out, residual):
        nz, ny, nx = u.shape[:3]
        cell = 0
        ξξ, ξφ, φφ, φξ, ξc, φc, cc, cξ, cφ = 0, 7, 8, 15, 22, 23, 30, 37, 44  # where each slot begins
        well = k.mobility / (2 * k.delta**2) * (2 * k.tanh / k.cell) ** 2
        for z in range(owned[2, 0], owned[2, 1]):
            for y in range(owned[1, 0], owned[1, 1]):
                for x in range(owned[0, 0], owned[0, 1]):
                    a, r = out[cell], residual[cell]
                    ξ, φ = u[z, y, x, 0], u[z, y, x, 1]
                    ξo = old[z, y, x, 0]
                    s = 1 - ξ + k.floor
                    c, co = 1.0, 1.0
                    if binary:
                        c, co = u[z, y, x, 2], old[z, y, x, 2]
                    σ = k.conductivity * c**k.exponent if binary else k.conductivity

                    # the double well of (1) and its slope
                    t2 = k.tanh * k.tanh
                    g, dg = 2 * ξ * (1 - ξ) * (1 - 2 * ξ), 2 * (1 - 6 * ξ + 6 * ξ * ξ)
                    den, dden = 1 - t2 * (1 - 2 * ξ) ** 2, 4 * t2 * (1 - 2 * ξ)

                    # the reaction on the area of the cell, in series with the electrolyte up to the surface
                    found = surveyed[cell]
                    plated, by_φ, by_c = 0.0, 0.0, 0.0
                    if found[AREA] > NEGLIGIBLE:
                        q, series, taken, drop, seen = 1.0, found[REACH] / σ, 0.0, 0.0, 1.0
                        if binary:  # the last salt hardly reacts
                            seen = c**3 / (c * c + LAST_SALT**2)
                            q, series = seen**k.anodic, 0.0
                            taken, drop = q * found[REACH] * k.depletion / seen, seen / (σ * k.depletion)
                        J, by_η, by_taken, by_drop = current(
                            -φ, series, taken, drop, found[CURRENT], k.anodic, k.cathodic, k.pull, k.exponent
                        )
                        found[CURRENT] = J
                        plated = found[AREA] * q * J
                        by_φ = -found[AREA] * q * by_η
                        if binary:  # q, σ and the salt depend on c
                            share = 3 - 2 * c * c / (c * c + LAST_SALT**2)  # d ln seen/d ln c
                            by_c = share * (k.anodic * J + (k.anodic - 1) * taken * by_taken)
                            by_c = found[AREA] * q / c * (by_c + (share - k.exponent) * drop * by_drop)

                    gain = (ξ - ξo) / dt
                    r[0] = gain + well * g / den + plated
                    r[1] = gain
                    a[ξξ] = 1 / dt + well * (dg * den - g * dden) / (den * den)
                    a[ξφ] = by_φ
                    a[φφ] = 0.0
                    a[φξ] = 1 / dt
                    if binary:
                        r[2] = (s * c - (1 - ξo + k.floor) * co) / dt + k.uptake * gain
                        a[ξc] = by_c
                        a[φc] = 0.0
                        a[cc] = s / dt
                        a[cξ] = (k.uptake - c) / dt

                    for face in range(6):
                        axis, side = face // 2, 2 * (face % 2) - 1
                        X, Y, Z = x, y, z
                        inside = False
                        if axis == 0:
                            X += side
                            inside = 0 <= X < nx
                        elif axis == 1:
                            Y += side
                            inside = 0 <= Y < ny
                        else:
                            Z += side
                            inside = 0 <= Z < nz
                        n = 1 + face
                        if not inside:
                            a[ξξ + n] = a[φφ + n] = a[φξ + n] = 0.0
                            if binary:
                                a[φc + n] = a[cc + n] = a[cξ + n] = 0.0
                            continue
                        w = weights[axis]
                        Ξ, Φ = u[Z, Y, X, 0], u[Z, Y, X, 1]
                        S = 1 - Ξ + k.floor
                        # (1)
                        m = w * k.mobility
                        r[0] -= m * (Ξ - ξ)
                        a[ξξ] += m
                        a[ξξ + n] = -m
                        # (2)
                        C = u[Z, Y, X, 2] if binary else 1.0
                        Σ = k.conductivity * C**k.exponent if binary else k.conductivity
                        drop = Φ - φ
                        if binary:
                            kept = w * k.floor * k.conductivity  # in the metal, whatever salt is left there
                            r[1] -= 0.5 * kept * (ξ * ξ + Ξ * Ξ) * drop
                            a[φφ] += 0.5 * kept * (ξ * ξ + Ξ * Ξ)
                            a[φφ + n] = -0.5 * kept * (ξ * ξ + Ξ * Ξ)
                            a[φξ] -= kept * ξ * drop
                            in_metal = -kept * Ξ * drop
                            rise, both = C - c, C + c  # less what the difference of c drives
                            drop -= 2 * k.pull * rise / both
                        else:
                            a[φφ + n] = in_metal = 0.0
                        mean = 0.5 * w * (σ * s + Σ * S)
                        r[1] -= mean * drop
                        a[φφ] += mean
                        a[φφ + n] -= mean
                        moved = found[FACES + face]  # outwards, of what is taken up
                        shifted = moved * (ξ - ξo + Ξ - old[Z, Y, X, 0])
                        r[1] += shifted
                        a[φξ] += 0.5 * w * σ * drop + moved
                        a[φξ + n] = 0.5 * w * Σ * drop + moved + in_metal
                        if binary:
                            e = 0.5 * w * k.exponent * drop
                            a[φc] -= e * σ * s / c + 4 * mean * k.pull * C / (both * both)
                            a[φc + n] = 4 * mean * k.pull * c / (both * both) - e * Σ * S / C
                            # (3)
                            d = 0.5 * w * k.diffusivity * (s + S)
                            r[2] -= d * rise
                            a[cc] += d
                            a[cc + n] = -d
                            r[2] += k.uptake * shifted
                            a[cξ] += 0.5 * w * k.diffusivity * rise + k.uptake * moved
                            a[cξ + n] = 0.5 * w * k.diffusivity * rise + k.uptake * moved
                    if at_top and z == owned[2, 1] - 1:
                        r[1] -= k.current
                        if binary:
                            r[2] -= k.salt
                    # the rate of (1) instead of ∂ξ/∂t in (2) and (3)
                    r[1] -= r[0]
                    a[φφ] -= a[ξφ]
                    for n in range(7):
                        a[φξ + n] -= a[ξξ + n]
                    if binary:
                        r[2] -= k.uptake * r[0]
                        a[φc] -= a[ξc]
                        a[cc] -= k.uptake * a[ξc]
                        a[cφ] = -k.uptake * a[ξφ]
                        for n in range(7):
                            a[cξ + n] -= k.uptake * a[ξξ + n]
                    cell += 1

    return assemble
