"""Kernels of the multigrid, for one, two and three dimensions. Loaded by `compiled.cache`, which keeps machine code.

An array of cells is seen as rows along x: ``u[row, x]``, with one ghost cell at each end, and rows of ghosts along the
other axes. ``steps[m]`` is how many rows lie between neighbours along y (m = 0) and z (m = 1). The matrix is
``a[row, x % 2, k, x // 2]``: half a sweep takes every other cell of a row, and finds what it needs in one piece. k counts
the conductances (minus the entries) towards −x, +x, −y, +y, −z, +z, and then the reciprocal of the diagonal.

``rows[j]`` is, for the jth row of owned cells: its number; 0 or 1, which added to x and a colour gives an even number;
the number of its coarse row; and, along y and z, how many coarse rows away the coarse row nearest to it is.
``parts[j, m]`` tells for the row itself and its two neighbours along an axis (in the order: lower, itself, upper) whether it
is the lower (−1) or upper (1) one of the pair that makes a coarse cell, or all of it (0); ``ends[x]`` the same along x.
"""

import numba
import numpy as np

F = np.float32
ZERO, HALF, ONE, TINY = F(0), F(0.5), F(1), F(1e-12)
#: Prolongation weights are kept as bytes, in units of this.
UNIT = F(1 / 256)
jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})


@jit
def copy_block(values, positions, sign, a, b, rows):
    """A block in float64 into the finest level; what is left of the diagonal beyond the conductances goes into b."""
    count = b.shape[1] - 2
    last = a.shape[2] - 1
    for j in range(rows.shape[0]):
        r = rows[j, 0]
        for x in range(1, count + 1):
            v = values[j * count + x - 1]
            d = sign * v[positions[0]]
            rest, size = d, 0.0
            for k in range(last):
                e = sign * v[positions[k + 1]]
                rest += e
                size += abs(e)
                a[r, x & 1, k, x >> 1] = -e
            d = max(d, 0.5 * size)
            a[r, x & 1, last, x >> 1] = 1 / d if d > 0 else 0.0
            b[r, x] = rest


@jit
def _series(g, own, other):
    """Conductance from centre to centre of two coarse cells: half of each and the face; negative: a single cell."""
    if g <= ZERO:
        return HALF * g
    r = ONE / g
    if own >= ZERO:
        r += HALF / max(own, TINY * g)
    if other >= ZERO:
        r += HALF / max(other, TINY * g)
    return ONE / r


@jit
def _face(a, r, x, k, side, paired, rn, xn, paired_n):
    """Conductance of a coarse face through one of its fine faces, with the neighbour at (rn, xn)."""
    h, i, hn, n = x & 1, x >> 1, xn & 1, xn >> 1
    own = a[r, h, k + 1 - side, i] if paired else -ONE
    other = a[rn, hn, k + side, n] if paired_n else -ONE
    return _series(a[r, h, k + side, i], own, other)


@jit
def coarsen(a, b, rows, steps, parts, ends, coarse, A, B, coarse_rows):
    """Matrix of the coarse level, and in B what is left of its diagonal: the sum of what was left of the fine one's.

    A coarse conductance is the sum, over the fine lines through the coarse face, of three resistances in series: half
    of each pair's own and that of the face between. So a film on a face stays what it is, and where coefficients are
    constant the sum is what the coarse grid's own discretisation would be.
    """
    A[:] = ZERO
    B[:] = ZERO
    last = a.shape[2] - 1
    for j in range(rows.shape[0]):
        r, R = rows[j, 0], rows[j, 2]
        for x in range(1, b.shape[1] - 1):
            X = coarse[x]
            c = A[R, X & 1, :, X >> 1]
            B[R, X] += b[r, x]
            s = ends[x]
            if s <= 0:
                c[0] += _face(a, r, x, 0, 0, s != 0, r, x - 1, ends[x - 1] != 0)
            if s >= 0:
                c[1] += _face(a, r, x, 0, 1, s != 0, r, x + 1, ends[x + 1] != 0)
            for m in range(steps.shape[0]):
                s, k = parts[j, m, 1], 2 + 2 * m
                if s <= 0:
                    c[k] += _face(a, r, x, k, 0, s != 0, r - steps[m], x, parts[j, m, 0] != 0)
                if s >= 0:
                    c[k + 1] += _face(a, r, x, k, 1, s != 0, r + steps[m], x, parts[j, m, 2] != 0)
    for j in range(coarse_rows.shape[0]):
        R = coarse_rows[j, 0]
        for X in range(1, B.shape[1] - 1):
            d = max(B[R, X], ZERO)  # less than nothing on the diagonal: a smoother would blow it up
            size = ZERO
            for k in range(last):
                g = A[R, X & 1, k, X >> 1]
                d += g
                size += abs(g)
            d = max(d, HALF * size)
            A[R, X & 1, last, X >> 1] = ONE / d if d > ZERO else ZERO


@jit
def _weight(a, r, x, k, s, rn, xn, paired_n):
    """How far, in resistance, a cell lies from its pair's centre on the way to the next coarse centre; 256: there."""
    side = 1 if s > 0 else 0
    g, own = a[r, x & 1, k + side, x >> 1], a[r, x & 1, k + 1 - side, x >> 1]
    if s == 0 or g <= ZERO or own <= ZERO:
        return np.uint8(0)
    far = HALF + own / g
    if paired_n:
        other = a[rn, xn & 1, k + side, xn >> 1]
        if other <= ZERO:
            return np.uint8(0)
        far += HALF * own / other
    return np.uint8(min(F(255), F(128) / far + HALF))


@jit
def weights(a, rows, steps, parts, ends, w):
    """Prolongation weights ``w[j, axis, x // 2]`` of the cells of colour 0."""
    count = ends.shape[0] - 2
    for j in range(rows.shape[0]):
        r, h = rows[j, 0], rows[j, 1]
        for i in range(1 - h, (count + 2 - h) // 2):
            x = 2 * i + h
            s = ends[x]
            w[j, 0, i] = _weight(a, r, x, 0, s, r, x + s, ends[x + s] != 0)
            for m in range(steps.shape[0]):
                s = parts[j, m, 1]
                w[j, m + 1, i] = _weight(a, r, x, 2 + 2 * m, s, r + s * steps[m], x, parts[j, m, 1 + s] != 0)


@jit
def _neighbours(a, b, u, r, h, steps, lo, hi, t):
    """The right-hand side of every other cell of a row and what flows in from its neighbours, into t."""
    g, ur, br = a[r, h], u[r], b[r]
    for i in range(lo, hi):
        x = 2 * i + h
        t[i] = br[x] + g[0, i] * ur[x - 1] + g[1, i] * ur[x + 1]
    for m in range(steps.shape[0]):
        lower, upper, k = u[r - steps[m]], u[r + steps[m]], 2 + 2 * m
        for i in range(lo, hi):
            x = 2 * i + h
            t[i] += g[k, i] * lower[x] + g[k + 1, i] * upper[x]


@jit
def sweep(a, b, u, rows, steps, colour):
    """Gauss–Seidel on the cells of one colour, which have no neighbours of their own colour."""
    count, last = u.shape[1] - 2, a.shape[2] - 1
    t = np.empty(a.shape[3], F)
    for j in range(rows.shape[0]):
        r, h = rows[j, 0], (rows[j, 1] + colour) & 1
        lo, hi = 1 - h, (count + 2 - h) // 2
        _neighbours(a, b, u, r, h, steps, lo, hi, t)
        d, ur = a[r, h, last], u[r]
        for i in range(lo, hi):
            ur[2 * i + h] = t[i] * d[i]


@jit
def first_sweep(a, b, u, rows):
    """The same from u = 0, on the cells of colour 0; those of colour 1 are left: the next sweep does not read them."""
    count, last = u.shape[1] - 2, a.shape[2] - 1
    for j in range(rows.shape[0]):
        r, h = rows[j, 0], rows[j, 1]
        d, ur, br = a[r, h, last], u[r], b[r]
        for i in range(1 - h, (count + 2 - h) // 2):
            ur[2 * i + h] = br[2 * i + h] * d[i]


@jit
def restrict(a, b, u, rows, steps, factor, B):
    """Sums over coarse cells of the residuals of colour 0; those of colour 1, just swept, are zero."""
    count, last = u.shape[1] - 2, a.shape[2] - 1
    t = np.empty(a.shape[3], F)
    B[:] = ZERO
    for j in range(rows.shape[0]):
        r, h = rows[j, 0], rows[j, 1]
        lo, hi = 1 - h, (count + 2 - h) // 2
        _neighbours(a, b, u, r, h, steps, lo, hi, t)
        d, ur, br = a[r, h, last], u[r], B[rows[j, 2]]
        for i in range(lo, hi):
            t[i] = t[i] - ur[2 * i + h] / d[i] if d[i] > ZERO else ZERO
        if factor == 2:
            for i in range(lo, hi):
                br[i + h] += t[i]
        else:
            for i in range(lo, hi):
                br[2 * i + h] += t[i]


@jit
def prolong(u, rows, factor, w, E):
    """Add the coarse correction E, interpolated, to the cells of colour 0; those of colour 1 are swept next."""
    count = u.shape[1] - 2
    t = np.empty(w.shape[2], F)
    for j in range(rows.shape[0]):
        r, h, R = rows[j, 0], rows[j, 1], rows[j, 2]
        lo, hi = 1 - h, (count + 2 - h) // 2
        e, ur = E[R], u[r]
        if factor == 2:
            for i in range(lo, hi):
                t[i] = e[i + h] + UNIT * F(w[j, 0, i]) * (e[i + 1 - h] - e[i + h])
        else:
            for i in range(lo, hi):
                t[i] = e[2 * i + h]
        for m in range(rows.shape[1] - 3):
            near, v = E[R + rows[j, 3 + m]], w[j, m + 1]
            if factor == 2:
                for i in range(lo, hi):
                    t[i] += UNIT * F(v[i]) * (near[i + h] - e[i + h])
            else:
                for i in range(lo, hi):
                    t[i] += UNIT * F(v[i]) * (near[2 * i + h] - e[2 * i + h])
        for i in range(lo, hi):
            ur[2 * i + h] += t[i]


@jit
def pack(array, index, out):
    """Elements of a flat array into a message."""
    for i in range(index.shape[0]):
        out[i] = array[index[i]]


@jit
def unpack(array, index, message):
    """A message into elements of a flat array."""
    for i in range(index.shape[0]):
        array[index[i]] = message[i]
