"""Compiled kernels of the balance of forces on the staggered grid; `resistance` runs this text.

Arrays are flat, with one ghost cell at each end of each axis; so no line of cells makes a view, which takes as long
as the line. `lame` and `modulus` are λ and λ + 2μ in cells. `u` has the displacements along one axis after another, on
the upper faces of the cells; `edges` has the shear moduli on upper edges, and ``pairs[k, m]`` says which of them are
those of the axes k and m. ``strides[k]`` is how far the next cell along the axis k is, ``slopes[k]`` one over its size.
All numbers are of one precision, single or double; only sums over lines are always double.
`rows` are the first owned cells of all lines along x, of `count` cells each. Places are unsigned, as the compiler then
knows that they do not count from the end.
"""

import numpy as np

from phasefield.engines.compiled.cache import njit

FAST = {"contract", "reassoc", "nsz", "arcp"}
U = np.uintp
jit = njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
part = njit(inner=True, nogil=True, error_model="numpy", fastmath=FAST)


@part
def _itself(k, u, modulus, edges, pairs, strides, slopes, first, count, out):
    """What a line of u_k resists itself: a flux along each axis."""
    n, c, s, q = U(count), U(first), U(strides[k]), slopes[k] * slopes[k]
    to_u = U(k * modulus.size)
    for i in range(U(0), n):
        p, own = c + i, to_u + c + i
        out[i] = q * (modulus[p] * (u[own] - u[own - s]) - modulus[p + s] * (u[own + s] - u[own]))
    for m in range(strides.shape[0]):
        if m == k:
            continue
        to_μ, s, q = U(pairs[k, m] * modulus.size), U(strides[m]), slopes[m] * slopes[m]
        for i in range(U(0), n):
            p, own = to_μ + c + i, to_u + c + i
            out[i] += q * (edges[p - s] * (u[own] - u[own - s]) - edges[p] * (u[own + s] - u[own]))


@part
def _others(k, j, u, lame, edges, pairs, strides, slopes, first, count, out):
    """Add what u_j does to a line of faces across k."""
    n, c, s, t = U(count), U(first), U(strides[k]), U(strides[j])
    to_u, to_μ = U(j * lame.size), U(pairs[k, j] * lame.size)
    q = slopes[k] * slopes[j]
    for i in range(U(0), n):
        p, other, edge = c + i, to_u + c + i, to_μ + c + i
        upper = (lame[p + s] + edges[edge]) * u[other + s] - (lame[p + s] + edges[edge - t]) * u[other + s - t]
        lower = (lame[p] + edges[edge]) * u[other] - (lame[p] + edges[edge - t]) * u[other - t]
        out[i] += q * (lower - upper)


@jit
def place(u, rows, count, scale, given, strains, faces, heights):
    """u: what is given, scaled, and the mean strains times the positions of the faces.

    `faces` are the positions along x of a line's faces; ``heights[k]`` those of the lines along the axis k, for k = 0
    one.
    """
    for k in range(scale.shape[0]):
        for j in range(rows.shape[0]):
            s, g, lift = scale[k, j], given[k, j], strains[k] * heights[k, j]
            c = U(k * (u.size // scale.shape[0]) + rows[j])
            for i in range(U(0), U(count)):
                u[c + i] = s[i] * g[i] + (lift * faces[i] if k == 0 else lift)


@jit
def resist(u, lame, modulus, edges, pairs, strides, slopes, rows, count, scale, faces, out, work):
    """Minus the divergence of the stress on all faces of the cells owned, scaled.

    ``work[j, k]`` is the sum, not scaled, over a line of faces across k; for k = 0 times `faces`.
    """
    axes, room = strides.shape[0], np.empty(count, u.dtype)
    for j in range(rows.shape[0]):
        for k in range(axes):
            _itself(k, u, modulus, edges, pairs, strides, slopes, rows[j], count, room)
            for m in range(axes):
                if m != k:
                    _others(k, m, u, lame, edges, pairs, strides, slopes, rows[j], count, room)
            total, s, o = 0.0, scale[k, j], out[k, j]
            for i in range(count):
                total += room[i] * faces[i] if k == 0 else room[i]
                o[i] = s[i] * room[i]
            work[j, k] = total


@jit
def relieve(k, u, lame, edges, pairs, strides, slopes, rows, count, unscale, even, right, b):
    """b: forces across k, without what the displacements before that axis do; 0 on walls, where `unscale` is 0."""
    room, none = np.empty(count, u.dtype), u.dtype.type(0)
    for j in range(rows.shape[0]):
        s, e, r, c = unscale[j], even[j], right[j], U(rows[j])
        room[:] = none
        for m in range(k):
            _others(k, m, u, lame, edges, pairs, strides, slopes, rows[j], count, room)
        for i in range(U(0), U(count)):
            b[c + i] = e[i] * (s[i] * r[i] - room[i]) if s[i] > none else none


@jit
def spread(rows, count, unscale, even, found, u, out):
    """A displacement that was found, into an array with ghosts, and scaled; 0 on walls, where `unscale` is 0."""
    none = u.dtype.type(0)
    for j in range(rows.shape[0]):
        s, e, o, c = unscale[j], even[j], out[j], U(rows[j])
        for i in range(U(0), U(count)):
            moved = e[i] * found[c + i] if s[i] > none else none
            u[c + i], o[i] = moved, s[i] * moved


@jit
def block(k, modulus, edges, pairs, strides, slopes, rows, count, values, diagonal):
    """Entries of u_k on itself, towards the lower and upper neighbours by axis, and minus their sum."""
    n = U(count)
    for j in range(rows.shape[0]):
        c = U(rows[j])
        whole = diagonal[j]
        whole[:] = 0.0
        for m in range(strides.shape[0]):
            s, q = U(strides[m]), slopes[m] * slopes[m]
            lower, upper, to_μ = values[j, 1 + 2 * m], values[j, 2 + 2 * m], U(pairs[k, m] * modulus.size)
            for i in range(U(0), n):
                p = c + i
                if m == k:
                    lower[i], upper[i] = -q * modulus[p], -q * modulus[p + s]
                else:
                    lower[i], upper[i] = -q * edges[to_μ + p - s], -q * edges[to_μ + p]
                whole[i] -= lower[i] + upper[i]
