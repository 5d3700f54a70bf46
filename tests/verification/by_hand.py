"""Residuals of a model's equations in each cell, as FiPy has them and as sums over faces written out with NumPy."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from fipy import CellVariable
from numpy.polynomial import legendre
from scipy.integrate import quad

from phasefield.engines.mesh import face_array
from phasefield.engines.state import Difference
from tests.verification.compiled_support import FipyEngine, fipy_system

#: Cells along x and z, their sizes, and the time step: no two alike.
SHAPE, SPACING, DT = (3, 4), (0.3, 0.4), 0.17
#: α_a, α_c.
ANODIC, CATHODIC = 0.3, 0.8


def scattered(seed: int, low: float, high: float):
    """Values in the cells, axes (z, x)."""
    return np.random.default_rng(seed).uniform(low, high, SHAPE[::-1])


def engine_of(model, segment=None, **bounds) -> FipyEngine:
    """A model on the grid, its fields now and before within bounds, by name; also static and auxiliary ones."""
    engine = FipyEngine(model, SHAPE, SPACING)
    engine.dt.setValue(DT)
    engine.state.dt, engine.state.difference = DT, Difference(DT)
    if segment:
        model.apply(segment)
        engine.apply_boundaries()
    for seed, (name, (low, high)) in enumerate(bounds.items()):
        engine.state.ghosted(name)[...] = scattered(seed, low, high)
        if name in engine.state.old:
            engine.state.old[name][...] = engine.state.origin[name][...] = scattered(100 + seed, low, high)
    engine.show()
    return engine


def residuals(engine) -> dict[str, np.ndarray]:
    """Left minus right side of each equation per volume, by field; axes (z, x)."""
    matrix, right = fipy_system(engine, DT)
    x = np.stack([engine.owned(f.name).ravel() for f in engine.fields], axis=1).ravel()
    parts = (matrix @ x - right).reshape(-1, len(engine.fields)).T / np.prod(SPACING)
    return {f.name: part.reshape(SHAPE[::-1]) for f, part in zip(engine.fields, parts, strict=True)}


def assert_same(engine, expected: dict[str, np.ndarray], rel=1e-9) -> None:
    """The residuals are those expected, to so much of the largest of each."""
    found = residuals(engine)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=rel * np.abs(values).max(), err_msg=name)


def rate(engine, name: str) -> np.ndarray:
    """(u − u_old)/Δt."""
    return (engine.state.now[name] - engine.state.old[name]) / DT


def arithmetic(a, b):
    return (a + b) / 2


def harmonic(a, b):
    """0 where the signs differ."""
    return 2 * np.maximum(a * b, 0.0) / np.where(a + b == 0, 1, a + b)


def diffusion(u, cells, mean=arithmetic, bottom=None, top=None):
    """∇·(k∇u) of k in the cells, closed but where a value is given."""
    low, high = (np.moveaxis(cells, a, 0)[:-1] for a in (0, 1)), (np.moveaxis(cells, a, 0)[1:] for a in (0, 1))
    faces = [mean(a, b) for a, b in zip(low, high, strict=True)]
    return diffusion_over(u, faces, bottom and (bottom[0], cells[0]), top and (top[0], cells[-1]))


def diffusion_over(u, faces, bottom=None, top=None):
    """∇·(k∇u) of k on the inner faces across z and x, the normal axis first; at an end (value, k)."""
    out = np.zeros_like(u)
    for axis, (k, h) in enumerate(zip(faces, SPACING[::-1], strict=True)):
        along, into = np.moveaxis(u, axis, 0), np.moveaxis(out, axis, 0)
        flux = k * np.diff(along, axis=0) / h
        into[:-1] += flux / h
        into[1:] -= flux / h
    h = SPACING[-1]
    for end, given in ((0, bottom), (-1, top)):
        if given:
            value, k = given
            out[end] += k * (value - u[end]) / (h / 2) / h
    return out


def at_top(flux) -> np.ndarray:
    """What enters through the top, per volume."""
    out = np.zeros(SHAPE[::-1])
    out[-1] = flux / SPACING[-1]
    return out


def curvature(engine, name: str, closed=None) -> np.ndarray:
    """−∇·(∇u/√(|∇u|² + 1e-8)) of the field before the step, by FiPy's gradient; some faces may be closed."""
    gradient = getattr(engine.v, name).old.faceGrad.value
    unit = gradient / np.sqrt((gradient**2).sum(axis=0) + 1e-8)
    total = np.zeros(SHAPE[::-1])
    for axis, h in enumerate(SPACING[::-1]):  # z, then x
        values = face_array(engine.mesh, unit[1 - axis], 1 - axis)
        if closed is not None:
            values = values * closed[axis]
        total -= np.diff(values, axis=axis) / h
    return total


def well(ξ, cell=0.0):
    """g′/2δ² with δ = ¼: on a mesh the second difference of the tanh profile."""
    if not cell:
        return 16 * ξ * (1 - ξ) * (1 - 2 * ξ)
    t = np.tanh(2 * cell)
    return 4 * t**2 / cell**2 * ξ * (1 - ξ) * (1 - 2 * ξ) / (1 - t**2 * (1 - 2 * ξ) ** 2)


def gradient(u, free=1.0):
    """∇u in the cells from the means on faces, along z and x; mirrors at ends and beside cells that are not free."""
    out = []
    for axis, h in enumerate(SPACING[::-1]):
        along, open_to = np.moveaxis(u, axis, 0), np.moveaxis(free * np.ones_like(u), axis, 0)
        steps = np.zeros((2, *along.shape))  # half of the way to the cell below, and to that above
        steps[0, 1:] = (along[1:] - along[:-1]) / 2 * open_to[:-1]
        steps[1, :-1] = (along[1:] - along[:-1]) / 2 * open_to[1:]
        out.append(np.moveaxis(steps.sum(axis=0) / h, 0, axis))
    return np.stack(out)


def is_surface(ξ):
    """1 on the interface, 0 in its tails."""
    q = ξ * (1 - ξ)
    return q**2 / (q**2 + 0.001**2)


def moment(k):
    """∫qᵏ dξ, q = ξ(1 − ξ), of what is left without the tails."""
    ends = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]
    points = [*ends, *(1 - x for x in ends)]
    return quad(lambda ξ: is_surface(ξ) * (ξ * (1 - ξ)) ** k, 0, 1, points=points, epsabs=1e-14, limit=200)[0]


@cache
def coefficients():
    """a and b with ∫(a + bq)dξ = 1 and 6∫q(a + bq)dξ = 1 without the tails, by Cramer's rule."""
    one, first, second = (moment(k) for k in range(3))
    determinant = 6 * (one * second - first**2)
    return (6 * second - first) / determinant, (one - 6 * first) / determinant


def share(ξ):
    """(a + bq) without the tails: the area of the surface over |∇ξ|."""
    a, b = coefficients()
    return is_surface(ξ) * (a + b * ξ * (1 - ξ))


#: ξ beyond which the metal conducts no electrons, and the power with which that ends.
EDGE, POWER = 0.03, 6


@cache
def leaky_coefficients():
    """a, b, c of the part of the area that charge transfer has beside a phase in which electrons leak.

    ∫w = 1, 6∫qw = 1 over ξ; and the mean of what the cells' overpotentials are off by in the first step is 0. Here by
    Gauss and Legendre over pieces of ξ, with the running integrals of their polynomials, and bisection.
    """
    ends = np.array([0.0, 1e-4, 1e-3, 3e-3, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 0.8, 0.95, 0.99, 0.998, 1.0])
    n = 40
    nodes, weights = legendre.leggauss(n)
    running = legendre.legval(nodes, legendre.legint(np.eye(n), lbnd=-1)).T @ np.linalg.inv(
        legendre.legvander(nodes, n - 1)
    )
    ξ = np.concatenate([(b + a + (b - a) * nodes) / 2 for a, b in pairwise(ends)])
    dξ = np.concatenate([(b - a) * weights / 2 for a, b in pairwise(ends)])
    q = ξ * (1 - ξ)
    before = np.tril(np.ones((ξ.size, ξ.size))) * dξ  # ∫₀ to each node: whole pieces below, and a part of its own
    for piece, (a, b) in enumerate(pairwise(ends)):
        own = slice(piece * n, (piece + 1) * n)
        before[own, own] = (b - a) / 2 * running
    left = share(ξ) * ξ**POWER / (ξ**POWER + EDGE**POWER)
    terms = left * np.stack([np.ones_like(ξ), q, 1 - 2 * ξ])
    one, first = terms @ dξ, terms @ (6 * q * dξ)

    def solve(c):
        ab = np.linalg.solve([one[:2], first[:2]], [1 - c * one[2], 1 - c * first[2]])
        w = np.array([*ab, c]) @ terms
        off = (before @ (((1 - ξ) ** 2 - 1 + before @ w + w * q) / (q * (1 - ξ)))) @ (w * dξ)
        return ab, off

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if solve(middle)[1] * solve(0.0)[1] > 0 else (low, middle)
    return (*solve(low)[0], low)


def leaky_share(ξ):
    """w(ξ), to be multiplied with the area."""
    a, b, c = leaky_coefficients()
    return ξ**POWER / (ξ**POWER + EDGE**POWER) * (a + b * ξ * (1 - ξ) + c * (1 - 2 * ξ))


def area(ξ, slope, cell=0.0, walls=True):
    """Area from |∇ξ|; on a mesh over what central differences make of the tanh profile, δ = ¼."""
    on_mesh = 1.0
    if cell:
        t = np.tanh(2 * cell)
        on_mesh = 2 * cell / t * (1 - t**2 * (1 - 2 * ξ) ** 2)
    steep = np.sqrt((slope**2).sum(axis=0) + 1e-12)
    part = 1 / (1 + (0.05 * steep / (ξ * (1 - ξ))) ** 4)  # hardly any where ξ is 5 times as steep as its profile
    return steep * on_mesh * share(ξ) * (1.0 if walls else part * (1 + 0.2**4))


def at_surface(c, ξ, slope_of_c, slope):
    """c + δ ln ξ n·∇c/(1 − ξ) with n = −∇ξ/|∇ξ|, kept above 0."""
    out_of_metal = -(slope * slope_of_c).sum(axis=0) / np.sqrt((slope**2).sum(axis=0) + 1e-12)
    found = c + 0.125 * np.log(ξ**2 + 1e-6) * out_of_metal * (1 - ξ) / ((1 - ξ) ** 2 + 1e-6)
    return (found + np.sqrt(found**2 + (0.02 * c) ** 2)) / 2


def unit(engine, u, least):
    """∇u/√(|∇u|² + least²) on faces, by FiPy's gradient: components along x and z."""
    slope = CellVariable(mesh=engine.mesh, value=u.ravel()).faceGrad.value
    return slope / np.sqrt((slope**2).sum(axis=0) + least**2)


def divergence(engine, vector, *cells, flux=None, closed=None):
    """∇·vector of a vector on faces, closed at the ends, and on faces of ``closed``: 0 there, 1 on others; z, then x.

    With ``flux`` of flux(n, a₁, a₂, b₁, b₂, ...) in place of each component n, the cells a, b, ... beside its face.
    """
    total = np.zeros(SHAPE[::-1])
    for axis, h in enumerate(SPACING[::-1]):  # z, then x
        n = np.moveaxis(face_array(engine.mesh, vector[1 - axis], 1 - axis), axis, 0)
        along = [np.moveaxis(c, axis, 0) for c in cells]
        beside = [part for c in along for part in (c[:-1], c[1:])]
        through = np.zeros_like(n)
        through[1:-1] = flux(n[1:-1], *beside) if flux else n[1:-1]
        if closed is not None:
            through *= np.moveaxis(closed[axis], axis, 0)
        total += np.moveaxis(np.diff(through, axis=0), 0, axis) / h
    return total


def outward(engine, ridges, closed=None, name="xi", taken=None, mean=arithmetic):
    """∇·(δ u n/(1 + 4(δ/R)²)), u what is taken up or (ξ − ξ_old)/Δt, n by the predicted ξ, R of the metal's ridges (1),
    valleys (−1) or none.
    """
    inward = unit(engine, engine.owned(f"predicted_{name}"), 1e-6)
    sharpness = np.maximum(-0.25 * ridges * divergence(engine, inward), 0.0) ** 2

    def flux(n, moved, moved_too, sharp, sharp_too):
        return -0.25 * n * mean(moved, moved_too) / (1 + 4 * arithmetic(sharp, sharp_too))

    moved = rate(engine, name) if taken is None else taken
    return divergence(engine, inward, moved, sharpness, flux=flux, closed=closed)


def distance(ξ):
    """δ ln(ξ/(1 − ξ)) with ends 1e-3 from 0 and 1."""
    return 0.125 * np.log((ξ**2 + 1e-6) / ((1 - ξ) ** 2 + 1e-6))


def into_metal(engine, ξ):
    """Unit normal on faces, from the distance."""
    return unit(engine, distance(ξ), 0.03)


def sharpening(engine, ξ, cell=0.0, closed=None):
    """∇·[tanh(hn/2δ)/h (ξ₁(1 − ξ₂) + ξ₂(1 − ξ₁))], and of n/2δ in place of tanh(hn/2δ)/h without a cell size h.

    n is s(1 + s²)/(1 + s³) long, s the slope of the distance.
    """
    slope = CellVariable(mesh=engine.mesh, value=distance(ξ).ravel()).faceGrad.value
    s = np.sqrt((slope**2).sum(axis=0))
    inward = slope * (1 + s**2) / (1 + s**3)

    def flux(n, one, two):
        steep = np.tanh(2 * cell * n) / cell if cell else 2 * n
        return steep * (one * (1 - two) + two * (1 - one))

    return divergence(engine, inward, ξ, flux=flux, closed=closed)


def front_curvature(engine, ξ, ε=0.0):
    """K = −∇·(∂γ/∂n)/γ₀ of γ = γ₀(1 − 3ε + 4ε Σn⁴), as K/√(1 + (δK)²)."""
    n = into_metal(engine, ξ)
    fourth = (n**4).sum(axis=0)
    K = -divergence(engine, (1 - 3 * ε + 4 * ε * fourth + 16 * ε * (n**2 - fourth)) * n)
    return K / np.sqrt(1 + K**2 / 16)


def butler_volmer(η):
    return np.exp(ANODIC * η) - np.exp(-CATHODIC * η)


def below_film(η, r):
    """y of y + r B(y) = η, by bisection."""
    η, r = np.broadcast_arrays(η, r)
    low, high = np.minimum(η, 0.0), np.maximum(η, 0.0)
    for _ in range(200):
        middle = (low + high) / 2
        above = middle + r * butler_volmer(middle) > η
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def at_depleting_surface(η, r, κ, β, p):
    """x^α_a B(y) of y + r m x^α_a B(y) + β ln x = η and x = 1 + κ x^α_a B(y), by bisection of y, and of x within.

    m is the mean of x^−p between x and 1, of a resistivity on a way along which x falls evenly.
    """
    η, r, κ = np.broadcast_arrays(η, r, κ)
    low, high = np.minimum(η, 0.0), np.maximum(η, 0.0)
    for _ in range(100):
        y = (low + high) / 2
        x = _left(κ * butler_volmer(y))
        m = np.where(abs(x - 1) > 1e-9, (1 - x ** (1 - p)) / (1 - p) / (1 - x), 1.0)
        above = y + r * m * x**ANODIC * butler_volmer(y) + β * np.log(x) > η
        low, high = np.where(above, low, y), np.where(above, y, high)
    return x**ANODIC * butler_volmer(y)


def _left(k):
    low, high = np.zeros_like(k), 2 + np.maximum(2 * k, 0.0) ** (1 / (1 - ANODIC))
    for _ in range(200):
        x = (low + high) / 2
        above = x - k * x**ANODIC > 1
        low, high = np.where(above, low, x), np.where(above, x, high)
    return (low + high) / 2
