"""Residual and exact Jacobian of equations (1)-(3), cell by cell, as one would write them in C++.

Finite volumes on a uniform grid, two-point fluxes with arithmetic face means, mirrors on every face but the top:
what FiPy makes of the same equations. Everything is divided by the volume of a cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


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
    current: float  # that enters at the top, over the height of a cell
    salt: float  # the same of salt


def slots(fields: int) -> list[tuple[int, int, int]]:
    """Entries that one cell has in the matrix: (row's field, column's field, neighbours 0 or 6)."""
    single = [(0, 0, 6), (0, 1, 0), (1, 1, 6), (1, 0, 6)]
    return single if fields == 2 else [*single, (0, 2, 0), (1, 2, 6), (2, 2, 6), (2, 0, 6), (2, 1, 0)]


def assembler(fields: int):
    """Compiled ``assemble(u, old, weights, owned, at_top, dt, constants, out, residual)`` for 2 or 3 fields.

    Parameters
    ----------
    fields : int
        2: ξ, φ. 3: ξ, φ, c.

    Notes
    -----
    ``u`` and ``old``, shape (z, y, x, fields), hold one layer of neighbours where there are any; ``owned``, shape
    (3, 2), says where the rank's own cells begin and end in them, and ``weights`` is 1/h² by axis (x, y, z). ``out``,
    shape (cells, entries), receives the matrix in the order of `slots`, neighbours as −x, +x, −y, +y, −z, +z after
    the cell itself; ``residual`` has shape (cells, fields).
    """
    binary = fields == 3

    @numba.njit(cache=True, fastmath=True, error_model="numpy")
    def assemble(u, old, weights, owned, at_top, dt, k, out, residual):
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

                    # source of (1) and its derivatives
                    t2 = k.tanh * k.tanh
                    g, dg = 2 * ξ * (1 - ξ) * (1 - 2 * ξ), 2 * (1 - 6 * ξ + 6 * ξ * ξ)
                    den, dden = 1 - t2 * (1 - 2 * ξ) ** 2, 4 * t2 * (1 - 2 * ξ)
                    h, dh = 30 * (ξ * (1 - ξ)) ** 2 / (6 * k.delta), 60 * ξ * (1 - ξ) * (1 - 2 * ξ) / (6 * k.delta)
                    q = c**k.anodic if binary else 1.0
                    forward, backward = q * np.exp(-k.anodic * φ), q * np.exp(k.cathodic * φ)
                    B = forward - backward
                    source = -well * g / den - h * B

                    gain = (ξ - ξo) / dt
                    r[0] = gain - source
                    r[1] = gain
                    a[ξξ] = 1 / dt + well * (dg * den - g * dden) / (den * den) + dh * B
                    a[ξφ] = -h * (k.anodic * forward + k.cathodic * backward)
                    a[φφ] = 0.0
                    a[φξ] = 1 / dt
                    if binary:
                        r[2] = (s * c - (1 - ξo + k.floor) * co) / dt + k.uptake * gain
                        a[ξc] = h * k.anodic * B / c
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
                        mean = 0.5 * w * (σ * s + Σ * S)
                        r[1] -= mean * drop
                        a[φφ] += mean
                        a[φφ + n] = -mean
                        a[φξ] += 0.5 * w * σ * drop
                        a[φξ + n] = 0.5 * w * Σ * drop
                        if binary:
                            rise = C - c
                            p, P = k.pull * σ / c, k.pull * Σ / C
                            pulled = 0.5 * w * (p * s + P * S)
                            r[1] += pulled * rise
                            a[φξ] -= 0.5 * w * p * rise
                            a[φξ + n] -= 0.5 * w * P * rise
                            e = k.exponent
                            a[φc] += -pulled + 0.5 * w * s / c * ((e - 1) * p * rise - e * σ * drop)
                            a[φc + n] = pulled + 0.5 * w * S / C * ((e - 1) * P * rise - e * Σ * drop)
                            # (3)
                            d = 0.5 * w * k.diffusivity * (s + S)
                            r[2] -= d * rise
                            a[cc] += d
                            a[cc + n] = -d
                            a[cξ] += 0.5 * w * k.diffusivity * rise
                            a[cξ + n] = 0.5 * w * k.diffusivity * rise
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
