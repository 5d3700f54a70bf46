"""A film over the mouth of a flaw: a strip with clamped edges under a pressure, which tears or comes off.

Formulas of the limits, written here: a plate of D = E't³/12 has the moment pw²/3 at its edges, gives back
2p²w⁴/(3E't³) per area that comes off, and holds p²w⁵/(45D); a membrane has N³ = E't p²w²/6 and gives back 7pδ/6, δ =
pw²/2N, and holds pV/4, V = 4wδ/3. In between, the equation of the plate is solved by differences, and what comes off
gives back −dΠ/dw of its potential energy.

Bars, set before the first run: limits 1 %, in between 0.5 %.
"""

import math

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.linalg import solve
from scipy.optimize import brentq

from phasefield.theory.film import Bridge

E, NU, T = 170e9, 0.24, 5e-9
PRIME = E / (1 - NU**2)
D = PRIME * T**3 / 12


def u_of(film, pressure):
    return math.exp(brentq(lambda x: math.log(film.pressure_at(math.exp(x)) / pressure), math.log(1e-3), math.log(1e5)))


def test_a_stiff_plate():
    w, p = 20e-9, 1e6
    film = Bridge(w, T, E, NU)
    u = u_of(film, p)
    assert u < 0.1
    assert film.lifting_at(u) == pytest.approx(2 * p**2 * w**4 / (3 * PRIME * T**3), rel=0.01)
    assert film.tearing_at(u) == pytest.approx(p**2 * w**5 / (45 * D) / T, rel=0.01)
    assert film.pulling_at(u) < 1e-3 * film.lifting_at(u)


def test_a_membrane():
    w, p = 20e-6, 1e6
    film = Bridge(w, T, E, NU)
    u = u_of(film, p)
    N = (PRIME * T * p**2 * w**2 / 6) ** (1 / 3)
    bulge = p * w**2 / (2 * N)
    assert u > 1000
    assert film.tension_at(u) == pytest.approx(N, rel=0.01)
    assert film.lifting_at(u) == pytest.approx(7 * p * bulge / 6, rel=0.01)
    assert film.tearing_at(u) == pytest.approx(p * 4 * w * bulge / 3 / 4 / T, rel=0.01)
    assert film.pulling_at(u) == pytest.approx(N**2 / (2 * PRIME * T), rel=0.02)


def bulge(w, p, n=401):
    """Strain energy, potential energy and tension of half a strip by differences: D y'''' − N y'' = p."""
    h = w / (n - 1)

    def deflection(N):
        A, b = np.zeros((n, n)), np.full(n, p)
        for i in range(n - 1):
            for offset, value in ((-2, D / h**4), (-1, -4 * D / h**4 - N / h**2), (0, 6 * D / h**4 + 2 * N / h**2),
                                  (1, -4 * D / h**4 - N / h**2), (2, D / h**4)):  # fmt: skip
                j = abs(i + offset)  # a mirror in the middle
                j = 2 * (n - 1) - j if j > n - 1 else j  # and beyond the clamped edge
                A[i, j] += value
        A[n - 1, :], A[n - 1, n - 1], b[n - 1] = 0, D / h**4, 0
        return solve(A, b)

    def stretched(y):
        return PRIME * T * np.sum(np.diff(y) ** 2) / (2 * h * w)

    N = brentq(lambda N: stretched(deflection(N)) - N, 1e-6, 1e3, rtol=1e-10)
    y = deflection(N)
    bent = np.zeros(n)
    bent[1:-1] = (y[2:] - 2 * y[1:-1] + y[:-2]) / h**2
    bent[0], bent[-1] = 2 * (y[1] - y[0]) / h**2, 2 * (y[-2] - y[-1]) / h**2
    energy = D / 2 * trapezoid(bent**2, dx=h) + N**2 * w / (2 * PRIME * T)
    return energy, energy - p * trapezoid(y, dx=h), N


@pytest.mark.parametrize("w", [50e-9, 200e-9])
def test_between_plate_and_membrane(w):
    """N, strain energy, and the energy that comes off as the difference of two widths."""
    p = 100e6
    film = Bridge(w, T, E, NU)
    u = u_of(film, p)
    assert 1 < u < 30
    energy, _, N = bulge(w, p)
    assert film.tension_at(u) == pytest.approx(N, rel=5e-3)
    assert film.tearing_at(u) == pytest.approx(2 * energy / T, rel=5e-3)
    (_, wider, _), (_, narrower, _) = (bulge(w * (1 + step), p) for step in (0.01, -0.01))
    assert film.lifting_at(u) == pytest.approx((narrower - wider) / (0.02 * w), rel=5e-3)


def test_pressures_that_break_it():
    """An energy that is reached at a pressure is found again from it."""
    film = Bridge(50e-9, T, E, NU)
    for energy_at in (film.lifting_at, film.pulling_at, film.tearing_at):
        u = u_of(film, 80e6)
        assert film.pressure_of(energy_at, energy_at(u)) == pytest.approx(80e6, rel=1e-6)
