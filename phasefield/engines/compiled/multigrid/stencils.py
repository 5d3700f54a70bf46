"""Kernels of the multigrid, for one, two and three dimensions. Loaded by `compiled.cache`, which keeps machine code.

An array of cells is seen as rows along x, with one ghost cell at each end, and rows of ghosts along the other axes.
``steps[m]`` is how many rows lie between neighbours along y (m = 0) and z (m = 1). Cells are ``u[row, x % 2, x // 2]``
and the matrix ``a[row, x % 2, k, x // 2]``: half a sweep takes every other cell of a row, and finds what it needs in
one piece. Places in flat arrays are unsigned, as the compiler then knows that they do not count from the end, and works
on many cells at once.
k counts the conductances (minus the entries) towards −x, +x, −y, +y, −z, +z, then the reciprocal of the diagonal.

``rows[j]`` is, for the jth row of owned cells: its number; 0 or 1, which added to x and the colour (0 or 1) gives an
even number; the number of its coarse row; and, along y and z, how many rows further the next nearest coarse row is.
``parts[j, m]`` has, for the neighbour below, the row itself and the neighbour above along an axis: whether it is the
lower (−1) or the upper one (1) of the pair that makes a coarse cell, or all of it (0); ``ends[x]`` the same along x.

``table[level]`` describes the arrays of a level, for the functions that work on all levels: see `_level`. A cycle on a
level passes through memory twice: half a sweep works on a layer of cells as soon as the one before it has worked on the
next layer, while the layers are in the processor's cache. Every cell gets the same bits as by one half sweep after the
other.
"""

import platform
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from phasefield.engines.compiled.cache import njit

AXES = 3  # of the grid: `library` writes in what is wanted, so that the compiler knows it

SIDES = 2 * AXES + 1  # entries of a cell
F = np.float32
ZERO, HALF, ONE = F(0), F(0.5), F(1)
TINY, INFINITE = 1e-12, 1e100
#: Prolongation weights are kept as bytes, in units of this.
UNIT = F(1 / 256)
U = np.uintp
FAST = {"contract", "reassoc", "nsz", "arcp"}
X86 = platform.machine() in ("x86_64", "AMD64")
jit = njit(cache=True, nogil=True, no_cfunc_wrapper=True, error_model="numpy", fastmath=FAST)
part = njit(inner=True, nogil=True, error_model="numpy", fastmath=FAST)  # for functions that only these call


@jit
def copy_block(values, positions, sign, a, b, rows):
    """A block into the finest level; what is left of the diagonal beyond the conductances goes into b.

    `values` are those of `entries.Entries`: the first of a block is what is left of the diagonal.
    """
    count, last = values.shape[2], a.shape[2] - 1
    for j in range(rows.shape[0]):
        r = rows[j, 0]
        for h in range(2):
            first = 1 - h
            cells = (count + 2 - h) // 2 - first
            rest, d, size = values[j, positions[0], first::2], np.empty(cells), np.zeros(cells)
            for i in range(cells):
                d[i] = sign * rest[i]
                b[r, h, first + i] = d[i]
            for k in range(last):
                v, g = values[j, positions[k + 1], first::2], a[r, h, k]
                for i in range(cells):
                    e = -sign * v[i]
                    g[first + i] = e
                    d[i] += e
                    size[i] += abs(e)
            for i in range(cells):
                most = max(d[i], 0.5 * size[i])  # as in `coarsen_diagonal`
                a[r, h, last, first + i] = 1 / most if most > 0 else 0.0


@part
def _face(g, back, own, other):
    """Conductance from centre to centre of two pairs, and how far, in resistance, the face's cell is on that way.

    g leads through the face, and `back` back; `own` and `other` through the middles of the pairs: what is a single cell
    has INFINITE conductance. What g has more than `back` is convection, which no distance makes less. In float64, so
    that no product underflows.
    """
    d = min(g, back)
    own, other = max(own, TINY * d), max(other, TINY * d)
    w = d * other / (own * other + 0.5 * d * (own + other))
    return (own * w + (g - d), 0.5 * w) if d > 0.0 else (0.5 * d + (g - d), 0.0)


@part
def _byte(weight):
    return np.uint8(min(F(255), F(weight) / UNIT + HALF))


@jit
def coarsen_along(a, rows, ends, coarse, w, A):
    """Conductances of the coarse level along x, and prolongation weights ``w[j, axis, x // 2]`` of colour 0.

    A coarse conductance is the sum, over the fine lines through the coarse face, of three resistances in series: half
    of each pair's own and that of the face between. So a film on a face stays what it is, and where coefficients are
    constant the sum is what the coarse grid's own discretisation would be.
    """
    count = ends.shape[0] - 2
    for j in range(rows.shape[0]):
        r, R = rows[j, 0], rows[j, 2]
        for h in range(2):
            wanted = (h + rows[j, 1]) % 2 == 0
            for side in range(2):
                shift = h + side - 1  # of x // 2 to the neighbour
                for i in range(1 - h, (count + 2 - h) // 2):
                    x = 2 * i + h
                    s, X = ends[x], coarse[x]
                    if s == 1 - 2 * side:  # the middle of a pair
                        continue
                    own = np.float64(a[r, h, 1 - side, i]) if s != 0 else INFINITE
                    other = np.float64(a[r, 1 - h, side, i + shift]) if ends[x + 2 * side - 1] != 0 else INFINITE
                    back = np.float64(a[r, 1 - h, 1 - side, i + shift])
                    conductance, weight = _face(np.float64(a[r, h, side, i]), back, own, other)
                    A[R, X & 1, side, X >> 1] += F(conductance)
                    if wanted:
                        w[j, 0, i] = _byte(weight)


@jit
def coarsen_across(a, rows, steps, parts, coarse, w, A):
    """The same along y and z, where all cells of a row are alike."""
    count = coarse.shape[0] - 2
    t, v = np.empty(a.shape[3], F), np.empty(a.shape[3], F)
    for j in range(rows.shape[0]):
        r, R = rows[j, 0], rows[j, 2]
        for m in range(AXES - 1):
            s = parts[j, m, 1]
            for side in range(2):
                if s == 1 - 2 * side:
                    continue
                k, beyond = 2 * m + 2 + side, r + (2 * side - 1) * steps[m]
                single, alone = s == 0, parts[j, m, 2 * side] == 0
                for h in range(2):
                    lo, hi, here, there = 1 - h, (count + 2 - h) // 2, a[r, h], a[beyond, h]
                    for i in range(lo, hi):
                        own = INFINITE if single else np.float64(here[k ^ 1, i])
                        other = INFINITE if alone else np.float64(there[k, i])
                        t[i], v[i] = _face(np.float64(here[k, i]), np.float64(there[k ^ 1, i]), own, other)
                    for i in range(lo, hi):
                        X = coarse[2 * i + h]
                        A[R, X & 1, k, X >> 1] += t[i]
                    if h == rows[j, 1]:
                        for i in range(lo, hi):
                            w[j, m + 1, i] = _byte(v[i])


@jit
def coarsen_diagonal(b, rows, coarse, A, B, coarse_rows):
    """The reciprocal diagonals, and in B what is left of them: the sum of what was left of the fine ones."""
    last = A.shape[2] - 1
    B[:] = ZERO
    for j in range(rows.shape[0]):
        for x in range(1, coarse.shape[0] - 1):
            X = coarse[x]
            B[rows[j, 2], X & 1, X >> 1] += b[rows[j, 0], x & 1, x >> 1]
    for j in range(coarse_rows.shape[0]):
        R = coarse_rows[j, 0]
        for X in range(1, coarse[coarse.shape[0] - 2] + 1):
            d, size = B[R, X & 1, X >> 1], ZERO
            for k in range(last):
                g = A[R, X & 1, k, X >> 1]
                d += g
                size += abs(g)
            d = max(d, HALF * size)  # else, of a block that is far from positive definite, a smoother would blow it up
            A[R, X & 1, last, X >> 1] = ONE / d if d > ZERO else ZERO


@part
def _places(r, h, half, steps):
    """Where in flat arrays the cells x = 2 i + h of a row begin, their neighbours along all axes, and entries of a."""
    here, across = (2 * r + h) * half, (2 * r + 1 - h) * half + h
    y = 2 * half * steps[0] if AXES > 1 else 0
    z = 2 * half * steps[1] if AXES > 2 else 0
    return U(here), U(across - 1), U(across), U(here - y), U(here + y), U(here - z), U(here + z), U(here * SIDES)


@jit
def sweep(a, b, u, rows, steps, colour, count):
    """Gauss–Seidel on the cells of one colour, which have no neighbours of their own colour."""
    half = (count + 3) // 2
    n = U(half)
    for j in range(rows.shape[0]):
        h = (rows[j, 1] + colour) & 1
        p, x, xx, y, yy, z, zz, g = _places(rows[j, 0], h, half, steps)
        for i in range(U(1 - h), U((count + 2 - h) // 2)):
            t = b[p + i] + a[g + i] * u[x + i] + a[g + n + i] * u[xx + i]
            if AXES > 1:
                t += a[g + U(2) * n + i] * u[y + i] + a[g + U(3) * n + i] * u[yy + i]
            if AXES > 2:
                t += a[g + U(4) * n + i] * u[z + i] + a[g + U(5) * n + i] * u[zz + i]
            u[p + i] = a[g + U(SIDES - 1) * n + i] * t


@jit
def first_sweep(a, b, u, rows, count):
    """The same from u = 0, on the cells of colour 0; those of colour 1 are left: the next sweep does not read them."""
    half = (count + 3) // 2
    for j in range(rows.shape[0]):
        h = rows[j, 1]
        p = U((2 * rows[j, 0] + h) * half)
        d = p * U(SIDES) + U((SIDES - 1) * half)
        for i in range(U(1 - h), U((count + 2 - h) // 2)):
            u[p + i] = b[p + i] * a[d + i]


@jit
def restrict(a, b, u, rows, steps, count, factor, room, B):
    """Add the residuals of colour 0 to those of coarse cells; those of colour 1, just swept, are zero.

    `room` is for half a row; `B` is no flat array.
    """
    half = (count + 3) // 2
    n = U(half)
    for j in range(rows.shape[0]):
        h, out = rows[j, 1], B[rows[j, 2]]
        p, x, xx, y, yy, z, zz, g = _places(rows[j, 0], h, half, steps)
        lo, hi = 1 - h, (count + 2 - h) // 2
        for i in range(U(lo), U(hi)):
            t = b[p + i] + a[g + i] * u[x + i] + a[g + n + i] * u[xx + i]
            if AXES > 1:
                t += a[g + U(2) * n + i] * u[y + i] + a[g + U(3) * n + i] * u[yy + i]
            if AXES > 2:
                t += a[g + U(4) * n + i] * u[z + i] + a[g + U(5) * n + i] * u[zz + i]
            d = a[g + U(SIDES - 1) * n + i]
            room[i] = t - u[p + i] / d if d > ZERO else ZERO
        for i in range(lo, hi):
            X = i + h if factor == 2 else 2 * i + h
            out[X & 1, X >> 1] += room[i]


@jit
def prolong(u, rows, count, factor, w, t, E):
    """Add the coarse correction E, interpolated, to the cells of colour 0; those of colour 1 are swept next.

    `t` is room for half a row; `E` is no flat array.
    """
    half = (count + 3) // 2
    for j in range(rows.shape[0]):
        h, R = rows[j, 1], rows[j, 2]
        lo, hi, p = 1 - h, (count + 2 - h) // 2, U((2 * rows[j, 0] + h) * half)
        e = E[R]
        if factor == 2:
            for i in range(lo, hi):
                X, Y = i + h, i + 1 - h
                own = e[X & 1, X >> 1]
                t[i] = own + UNIT * F(w[j, 0, i]) * (e[Y & 1, Y >> 1] - own)
        else:
            for i in range(lo, hi):
                t[i] = e[h, i]
        for m in range(AXES - 1):
            near, v = E[R + rows[j, 3 + m]], w[j, m + 1]
            for i in range(lo, hi):
                X = i + h if factor == 2 else 2 * i + h
                t[i] += UNIT * F(v[i]) * (near[X & 1, X >> 1] - e[X & 1, X >> 1])
        for i in range(U(lo), U(hi)):
            u[p + i] += t[i]


@jit
def split(plain, out):
    """Rows ``plain[row, x]`` as ``out[row, x % 2, x // 2]``."""
    for r in range(plain.shape[0]):
        for x in range(plain.shape[1]):
            out[r, x & 1, x >> 1] = plain[r, x]


@jit
def join(parts, out):
    """The opposite of `split`."""
    for r in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[r, x] = parts[r, x & 1, x >> 1]


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


@jit
def matrix_faces(a, index, row, k, message, back):
    """A conductance of some cells into a message, or back; `row`: cells of a row with ghosts."""
    for i in range(index.shape[0]):
        r, x = index[i] // row, index[i] % row
        if back:
            a[r, x & 1, k, x >> 1] = message[i]
        else:
            message[i] = a[r, x & 1, k, x >> 1]


@jit
def matrix_cells(a, rows, values, back):
    """Copy the entries of a for all cells owned into ``values[cell, k]``, or back."""
    count = values.shape[0] // rows.shape[0]
    for j in range(rows.shape[0]):
        r = rows[j, 0]
        for x in range(1, count + 1):
            cell = j * count + x - 1
            for k in range(values.shape[1]):
                if back:
                    a[r, x & 1, k, x >> 1] = values[cell, k]
                else:
                    values[cell, k] = a[r, x & 1, k, x >> 1]


# -- all levels ------------------------------------------------------------------------------------------


def _pointer(typing, address):
    """The pointer to an address."""

    def made(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), made


_at: Any = intrinsic(_pointer)


def _set_mode(typing, bits):
    """Set bits of the processor's floating-point mode; returns the mode before. Does nothing but on x86."""

    def made(context, builder, signature, arguments):
        word = ir.IntType(32)
        if not X86:
            return ir.Constant(word, 0)
        place = builder.alloca(word)
        address = builder.bitcast(place, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
        builder.call(builder.module.declare_intrinsic("llvm.x86.sse.stmxcsr", fnty=kind), [address])
        before = builder.load(place)
        builder.store(builder.or_(before, arguments[0]), place)
        builder.call(builder.module.declare_intrinsic("llvm.x86.sse.ldmxcsr", fnty=kind), [address])
        return before

    return types.uint32(types.uint32), made


_flushing: Any = intrinsic(_set_mode)


def _restore_mode(typing, mode):
    """Set the processor's floating-point mode."""

    def made(context, builder, signature, arguments):
        if X86:
            place = builder.alloca(ir.IntType(32))
            builder.store(arguments[0], place)
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
            address = builder.bitcast(place, ir.IntType(8).as_pointer())
            builder.call(builder.module.declare_intrinsic("llvm.x86.sse.ldmxcsr", fnty=kind), [address])
        return context.get_dummy_value()

    return types.void(types.uint32), made


_back_to: Any = intrinsic(_restore_mode)

#: Results, and arguments, too small for the usual format of numbers become zero: where a correction dies out, some
#: processors take a hundred times longer for such numbers.
FLUSH = np.uint32(0x8040)

_sweep, _first_sweep, _restrict, _prolong = (part(f.py_func) for f in (sweep, first_sweep, restrict, prolong))
_along, _across, _diagonal = (part(f.py_func) for f in (coarsen_along, coarsen_across, coarsen_diagonal))


@part
def _level(t):
    """a, b, u, w, rows and steps of a level."""
    a = carray(_at(t[0]), (t[6], 2, SIDES, t[7]), F)
    b, u = carray(_at(t[1]), (t[6], 2, t[7]), F), carray(_at(t[2]), (t[6], 2, t[7]), F)
    w = carray(_at(t[3]), (t[9], AXES, t[10]), np.uint8)
    rows = carray(_at(t[4]), (t[9], AXES + 2), np.int32)
    steps = carray(_at(t[5]), (AXES - 1,), np.int64)
    return a, b, u, w, rows, steps


@part
def _down(a, b, u, rows, steps, count, factor, layer, from_zero, B):
    """Two sweeps, and what is left of b to the coarse level."""
    layers, room = (rows.shape[0] + layer - 1) // layer, np.empty(count, F)
    B[:] = ZERO
    for time in range(layers + 4):
        for part in range(5):
            place = time - part
            if 0 <= place < layers:
                here = rows[place * layer : (place + 1) * layer]
                if part == 4:
                    _restrict(a, b, u, here, steps, count, factor, room, B)
                elif part == 0 and from_zero:
                    _first_sweep(a, b, u, here, count)
                else:
                    _sweep(a, b, u, here, steps, part & 1, count)


@part
def _up(a, b, u, w, rows, steps, count, factor, layer, E):
    """Add the coarse correction, and one sweep in the opposite order."""
    layers, room = (rows.shape[0] + layer - 1) // layer, np.empty(count, F)
    for time in range(layers + 2):
        for part in range(3):
            place = time - part
            if 0 <= place < layers:
                here = rows[place * layer : (place + 1) * layer]
                if part == 0:
                    _prolong(u, here, count, factor, w[place * layer : (place + 1) * layer], room, E)
                else:
                    _sweep(a, b, u, here, steps, part & 1, count)


@jit
def cycle(table, inverse, from_zero):
    """A V-cycle over the levels of a table; the coarsest is solved by the inverse of its matrix."""
    mode = _flushing(FLUSH)
    last = table.shape[0] - 1
    for k in range(last):
        a, b, u, w, rows, steps = _level(table[k])
        flat, t = (a.reshape(-1), b.reshape(-1), u.reshape(-1)), table[k]
        B = _level(table[k + 1])[1]
        _down(flat[0], flat[1], flat[2], rows, steps, t[8] - 2, t[11], t[12], from_zero or k > 0, B)
    a, b, u, w, rows, steps = _level(table[last])
    count = table[last, 8] - 2
    for cell in range(inverse.shape[0]):
        total = ZERO
        for other in range(inverse.shape[0]):
            x = other % count + 1
            total += inverse[cell, other] * b[rows[other // count, 0], x & 1, x >> 1]
        x = cell % count + 1
        u[rows[cell // count, 0], x & 1, x >> 1] = total
    for k in range(last - 1, -1, -1):
        a, b, u, w, rows, steps = _level(table[k])
        flat, t = (a.reshape(-1), b.reshape(-1), u.reshape(-1)), table[k]
        E = _level(table[k + 1])[2]
        _up(flat[0], flat[1], flat[2], w, rows, steps, t[8] - 2, t[11], t[12], E)
    _back_to(mode)


@jit
def coarsen(table):
    """Matrices and prolongation weights of all levels of a table, from the first; overwrites b."""
    for k in range(table.shape[0] - 1):
        t, below = table[k], _level(table[k + 1])
        a, b, _, w, rows, steps = _level(t)
        parts = carray(_at(t[13]), (t[9], AXES - 1, 3), np.int8)
        ends, coarse = carray(_at(t[14]), (t[8],), np.int8), carray(_at(t[15]), (t[8],), np.int32)
        A, B, coarse_rows = below[0], below[1], below[4]
        A[:] = ZERO
        _along(a, rows, ends, coarse, w, A)
        _across(a, rows, steps, parts, coarse, w, A)
        _diagonal(b, rows, coarse, A, B, coarse_rows)
