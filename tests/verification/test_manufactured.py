"""Manufactured solutions of equations (1)-(3): second order in space (1.8-2.2), in time that of the method (±10 %).

Smooth fields that keep the mirrors at the walls and the values at the top are put into the equations, written
here anew in SymPy; what is left over becomes a source of the model, which then must return these fields. In
space they are at most linear in time, as is s·c, where implicit Euler is exact; in time, the differences
between runs of h, h/2 and h/4 on one mesh show the order. ξ has a slope wherever it moves, so that the uptake has a
direction; at the walls, where that turns from one cell to the next, it moves by the fourth power of the distance.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy
from fipy import TransientTerm
from scipy.integrate import quad

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.plating.model import Parameters, Plating
from tests.slow import slow
from tests.verification.support import FipyEngine, order

x, z, t = sympy.symbols("x z t")
δ = sympy.Rational(1, 4)
#: y of y + r [e^{α_a y} − e^{−α_c y}] = η: a function of η, r, α_a, α_c, evaluated by bisection.
activation, depleting = sympy.Function("activation"), sympy.Function("depleting")


class ZeroVolt:
    """A drive of zero volt."""

    galvanostatic, value = False, 0.0


class Sourced:
    """A model with sources that make given fields its solution; prescribed fields have no equation but these.

    ``solutions``, ``residuals`` and ``prescribed`` are the model's to say, and its static fields ``source_NAME``.
    """

    def equations(self, v, dt):
        out = {name: eq - getattr(v, f"source_{name}") for name, eq in super().equations(v, dt).items()}
        return out | {
            name: TransientTerm(var=getattr(v, name)) == getattr(v, f"source_{name}") for name in self.prescribed
        }

    def source(self, name, coordinates, start, end):
        if name in self.prescribed:
            u = self.solutions[name]
            return (u(*coordinates, end) - u(*coordinates, start)) / (end - start)
        return self.residuals[name](*coordinates, end)


class Manufactured(Sourced, Plating):
    """The model with a source in each equation; fields named in ``given`` just follow their solution.

    Parameters
    ----------
    parameters : Parameters
    solutions : dict of sympy.Expr
        By field, functions of x, z, t.
    given : sequence of str
    """

    lag = 0.5

    def __init__(self, parameters, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(parameters, **solutions).items()}
        self.area = numeric(area(solutions["xi"], "c" not in solutions))
        self.plated = numeric(current_density(parameters, **solutions))
        fields = [Field(name, "", "", self.initial(name), tolerance=1e-6) for name in solutions]
        sources = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        super().__init__(parameters, fields, tuple(sources))
        self.apply(ZeroVolt)

    def initial(self, name):
        return lambda coordinates: self.solutions[name](*coordinates, 0.0)

    def source(self, name, coordinates, start, end):
        """The reaction has the area of the middle of the step, in BDF2 that of its end."""
        found = super().source(name, coordinates, start, end)
        if name == "xi" and name not in self.prescribed:
            found += self.area(*coordinates, end - self.lag * (end - start)) * self.plated(*coordinates, end)
        return found


def numeric(expression):
    """A SymPy expression as a function of arrays x, z and of t."""
    functions = {"activation": below_film, "depleting": at_depleting_surface}
    function = sympy.lambdify((x, z, t), expression, [functions, "numpy"], cse=True)
    return lambda x, z, t: np.broadcast_to(function(x, z, t), np.shape(x)).copy()


def bisected(low, high, beyond, times=60):
    """Between two arrays, where a function begins to be beyond."""
    for _ in range(times):
        middle = (low + high) / 2
        above = beyond(middle)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def below_film(η, r, anodic, cathodic):
    """y of y + r B(y) = η."""
    return bisected(
        np.minimum(η, 0.0), np.maximum(η, 0.0),
        lambda y: y + r * (np.exp(anodic * y) - np.exp(-cathodic * y)) > η,
    )  # fmt: skip


def at_depleting_surface(η, w, κ, β, e, anodic, cathodic):
    """√x B(y) of y + w (x^e − 1)/e + β ln x = η and x = 1 + κ √x B(y): 1/σ goes as x^(e − 1) on the way."""
    assert anodic == 0.5

    def left(y):
        k = κ * (np.exp(anodic * y) - np.exp(-cathodic * y)) / 2
        return (k + np.sqrt(k**2 + 1)) ** 2

    def rate(y):
        return np.sqrt(left(y)) * (np.exp(anodic * y) - np.exp(-cathodic * y))

    low, high = np.minimum(η, 0.0), np.maximum(η, 0.0)
    return rate(bisected(low, high, lambda y: y + w * (left(y) ** e - 1) / e + β * np.log(left(y)) > η))


def gradient(u):
    return [sympy.diff(u, x), sympy.diff(u, z)]


def divergence(flux):
    return sympy.diff(flux[0], x) + sympy.diff(flux[1], z)


def interface_flux(slope, ε):
    """∂/∂p of ½a(n)²|p|², a = 1 − 3ε + 4ε Σn_i⁴, at the slope p of ξ."""
    if ε == 0:
        return slope
    p = sympy.symbols("p0 p1")
    square = p[0] ** 2 + p[1] ** 2
    energy = (1 - 3 * ε + 4 * ε * (p[0] ** 4 + p[1] ** 4) / (square + 1e-10) ** 2) ** 2 * square / 2
    return [sympy.diff(energy, q).subs(dict(zip(p, slope, strict=True)), simultaneous=True) for q in p]


def size(slope):
    return sympy.sqrt(slope[0] ** 2 + slope[1] ** 2 + 1e-12)


def area(xi, walls=True):
    """|∇ξ|(a + bq) without the tails, q = ξ(1 − ξ): of the shares 1 of ∫dξ and 1 of 6∫q dξ nothing is missing.

    Without walls, hardly any where ξ is five times as steep as its profile.
    """

    def part(ξ):
        return (ξ * (1 - ξ)) ** 2 / ((ξ * (1 - ξ)) ** 2 + 0.001**2)

    def left(power):
        points = [0.001, 0.01, 0.1, 0.9, 0.99, 0.999]
        return quad(lambda ξ: part(ξ) * (ξ * (1 - ξ)) ** power, 0, 1, points=points, epsabs=1e-12)[0]

    a, b = sympy.symbols("a b")
    shares = [a * left(0) + b * left(1) - 1, 6 * a * left(1) + 6 * b * left(2) - 1]
    weight = sympy.solve(shares, [a, b])
    steep, q = size(gradient(xi)), xi * (1 - xi)
    of_profile = 1 if walls else (1 + 0.2**4) * q**4 / (q**4 + (0.2 * δ * steep) ** 4)
    return steep * part(xi) * (weight[a] + weight[b] * q) * of_profile


def current_density(p, xi, phi, c=None):
    """q B(y) at the surface: y + reach/σ q B(y) = η, reach = −δ ln ξ; a salt at the surface follows it."""
    α, reach, η = p.kinetics, -δ / 2 * sympy.log(xi**2 + 1e-6), -phi
    if c is None:
        y = activation(η, reach / p.conductivity, α.anodic, α.cathodic)
        return sympy.exp(α.anodic * y) - sympy.exp(-α.cathodic * y)
    reach, seen = sympy.sqrt(reach**2 + (0.05 * δ) ** 2), c**3 / (c**2 + 1e-6)  # the last salt hardly reacts
    q, per_current = seen**α.anodic, (1 - p.transference) * p.lithium_per_salt / p.diffusivity
    drop = seen / (p.conductivity * c**p.conductivity_exponent * per_current)
    pull = 2 * (1 - p.transference) * p.thermodynamic_factor
    return q * depleting(
        η, drop, reach * per_current / seen * q, pull, 1 - p.conductivity_exponent, α.anodic, α.cathodic
    )


def residuals(p, xi, phi, c=None):
    """Left minus right sides of the equations as the model has them, the reaction left out: the sources to add."""
    binary = c is not None
    c = sympy.Integer(1) if c is None else c
    s, σ = 1 - xi + p.floor, p.conductivity * c**p.conductivity_exponent
    smoothing = divergence(interface_flux(gradient(xi), p.anisotropy))
    well = xi * (1 - xi) * (1 - 2 * xi) / δ**2
    rate, slope = sympy.diff(xi, t), gradient(xi)
    moved = rate - divergence([-δ * rate * q / size(slope) for q in slope])
    out = {"xi": rate - p.mobility * (smoothing - well)}
    current = [s * σ * q for q in gradient(phi)]
    if binary:
        current = [i + p.floor * p.conductivity * xi**2 * q for i, q in zip(current, gradient(phi), strict=True)]
        pull = 2 * (1 - p.transference) * p.thermodynamic_factor * s * σ / c
        current = [i - pull * q for i, q in zip(current, gradient(c), strict=True)]
        uptake = (1 - p.transference) * p.lithium_per_salt * moved
        out["c"] = sympy.diff(s * c, t) - divergence([s * p.diffusivity * q for q in gradient(c)]) + uptake
    out["phi"] = divergence(current) - moved
    return out


def solve(model, cells, steps, end=0.2, kind=FipyEngine, predicted=False, order=1):
    """Fields at the end, by name, and their root mean square errors; the first step may have a prediction, too."""
    engine = kind(model, [cells, cells], [1 / cells, 1 / cells], max_newton=60, order=order)
    coordinates = engine.box.coordinates()
    times = np.linspace(0, end, steps + 1)
    if predicted:
        engine.state.extrapolates, engine.state.previous_dt = True, times[1]
        for name, u in model.solutions.items():
            engine.state.before[name][...] = u(*coordinates, -times[1]).reshape(engine.box.ghosted_shape)
    for start, stop in pairwise(times):
        for name in model.solutions:
            engine.state.put(f"source_{name}", model.source(name, coordinates, start, stop))
        verdict = engine.step(stop - start)
        assert verdict.accepted, verdict
        engine.accept()
    found = {name: engine.owned(name).ravel().copy() for name in model.solutions}
    return found, {name: rms(found[name] - u(*coordinates, end)) for name, u in model.solutions.items()}


def rms(values):
    return float(np.sqrt(np.mean(values**2)))


#: Fields with mirrors at the walls; φ = 0 and c = 1 at the top, mirrors at the bottom.
FRONT, WAVE = sympy.cos(sympy.pi * z), sympy.cos(sympy.pi * x) * sympy.sin(sympy.pi * z) ** 4
DECAY = sympy.cos(sympy.pi * x) * sympy.cos(sympy.pi * z / 2)
XI, PHI, C = (lambda f: 0.5 + 0.4 * FRONT + 0.15 * f * WAVE), (lambda f: f * DECAY), (lambda f: 1 + 0.4 * f * DECAY)

SINGLE = Parameters(mobility=0.3, conductivity=2.0, kinetics=ButlerVolmer(0.4, 0.6), floor=0.05)
CUBIC = Parameters(mobility=0.3, conductivity=2.0, kinetics=ButlerVolmer(), floor=0.05, anisotropy=0.03)
BINARY = Parameters(
    mobility=0.3, conductivity=2.0, kinetics=ButlerVolmer(), floor=0.05, conductivity_exponent=0.7,
    transference=0.3, diffusivity=0.8, thermodynamic_factor=1.5, lithium_per_salt=2.0, reservoir=True,
)  # fmt: skip

CASES = {
    "xi": (SINGLE, ("phi",), ("xi",)),
    "xi, cubic": (CUBIC, ("phi",), ("xi",)),
    "phi": (SINGLE, ("xi",), ("phi",)),
    "phi, binary": (BINARY, ("xi", "c"), ("phi",)),
    "c": (BINARY, ("xi",), ("c",)),
    "together": (BINARY, (), ("xi", "phi", "c")),
}


def manufactured(parameters, given, ξ, φ, c):
    solutions = {"xi": XI(ξ), "phi": PHI(φ)} | ({"c": C(c)} if parameters.reservoir else {})
    return Manufactured(parameters, solutions, given)


@pytest.mark.parametrize("case", CASES)
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, 1 - t, 1 + t, 1)
    errors = [solve(model, cells, 2, predicted=True)[1] for cells in (12, 24)]
    for name in judged:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


@pytest.mark.parametrize(("case", "method"), [slow("xi", 1), slow("phi", 1), ("together", 1), ("together", 2)])
def test_order_in_time(case, method):
    """Halving the step divides the difference to the next halving by 2^order; on the compiled engine, whose steps take
    no time.

    A prescribed field follows implicit Euler exactly, so BDF2 has none; nor has it a step before the first, from which
    the error of the mesh would be missing.
    """
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, sympy.cos(4 * t), 1 + sympy.sin(3 * t), sympy.exp(-2 * t))
    model.lag = 0.5 if method == 1 else 0.0
    options = {"kind": CompiledEngine, "predicted": method == 1, "order": method}
    runs = [solve(model, 8, method * steps, **options)[0] for steps in (10, 20, 40)]
    for name in judged:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 * method < order(differences)[0] < 1.1 * method, (name, differences)
