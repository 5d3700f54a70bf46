"""FiPy's own examples on the compiled engine: fields declared, equations theirs, the bars those of their doctests.

Named by their files under ``examples/`` of FiPy (J. E. Guyer, D. Wheeler, J. A. Warren, Comput. Sci. Eng. 11 (2009) 6,
doi:10.1109/MCSE.2009.52). Where an example sweeps a number of times, Newton's method iterates until it has converged.
"""

import fipy
import numpy as np
import pytest
from fipy import (
    DiffusionTerm,
    ExponentialConvectionTerm,
    ImplicitSourceTerm,
    PowerLawConvectionTerm,
    TransientTerm,
    VanLeerConvectionTerm,
)
from petsc4py import PETSc
from scipy.optimize import leastsq
from scipy.special import erf

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.solver import set_options
from phasefield.physics.common.model import Boundary, CoefficientField, Field, Model


class Example(Model):
    """Fields by name and initial state, equations of them, and values or fluxes at the ends of the last axis.

    Parameters
    ----------
    initial : dict
        By field, a function of the coordinates.
    equations : callable
        ``equations(v)``, a FiPy equation by field.
    ends : sequence of (field, face, kind, value)
    **static : callable
        Functions of the coordinates that do not change.
    """

    def __init__(self, initial, equations, ends=(), **static):
        super().__init__()
        self.static = tuple(CoefficientField(name, name, "1", values) for name, values in static.items())
        self.fields = tuple(Field(name, name, "1", start) for name, start in initial.items())
        self._equations, self._ends = equations, ends

    def equations(self, v, dt):
        return self._equations(v)

    def boundaries(self, v):
        return tuple(Boundary(*end) for end in self._ends)


def run(model, shape, spacing, steps, max_newton=40):
    """The engine after steps of given lengths."""
    engine = CompiledEngine(model, shape, spacing, "strict", max_newton)
    for number, dt in enumerate(steps, start=1):
        verdict = engine.step(dt)
        assert verdict.accepted, (number, verdict)
        engine.accept()
    return engine


@pytest.fixture
def direct():
    """A direct linear solver, as some of the examples ask for."""
    options = PETSc.Options()
    set_options({})  # what an earlier engine wanted goes
    options["phasefield_pc_type"] = "lu"
    yield
    options.delValue("phasefield_pc_type")


def centres(cells, spacing):
    return (np.arange(cells) + 0.5) * spacing


def constant(value):
    return lambda x: value + 0 * x[0]


def step_down(at):
    return lambda x: np.where(x[0] > at, 0.0, 1.0)


def both_ends(name, low, high):
    return (name, "bottom", "value", low), (name, "top", "value", high)


def test_diffusion_mesh1d_transient():
    """diffusion/mesh1D: the error function of a half space, 2e-2."""
    model = Example(
        {"u": constant(0.0)}, lambda v: {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)},
        both_ends("u", 1.0, 0.0),
    )  # fmt: skip
    engine = run(model, (50,), (1.0,), 10 * [4.5])
    assert engine.owned("u") == pytest.approx(1 - erf(centres(50, 1.0) / (2 * np.sqrt(45.0))), abs=2e-2)


def test_diffusion_mesh1d_steady():
    """diffusion/mesh1D: the straight line between two values, 1e-10."""
    model = Example({"u": constant(0.0)}, lambda v: {"u": DiffusionTerm(1.0, var=v.u) == 0.0}, both_ends("u", 1, 0))
    engine = run(model, (50,), (1.0,), [1.0])
    assert engine.owned("u") == pytest.approx(1 - centres(50, 1.0) / 50, rel=1e-10, abs=1e-10)


def test_diffusion_mesh1d_of_two_conductivities():
    """diffusion/mesh1D: D = 0.1 in the middle half, a gradient of 1 at the right: three straight lines, 1e-8."""
    L = 50.0

    def equations(v):
        X = v.u.mesh.faceCenters[0]
        D = 0.1 + 0.9 * ((X < L / 4) + (X >= 3 * L / 4))
        return {"u": DiffusionTerm(D, var=v.u) + v.inflow.u == 0.0}

    model = Example({"u": constant(0.0)}, equations, (("u", "bottom", "value", 0.0), ("u", "top", "flux", 1.0)))
    engine = run(model, (50,), (1.0,), [1.0])
    x = centres(50, 1.0)
    exact = np.where(x < L / 4, x, np.where(x < 3 * L / 4, 10 * x - 9 * L / 4, x + 18 * L / 4))
    assert engine.owned("u") == pytest.approx(exact, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(
    ("electrons", "potential"),
    [
        (constant(1.0), lambda x: x**2 / 2 - 2 * x),
        (lambda x: np.where(x[0] > 1, 1.0, 0.0), lambda x: np.where(x < 1, -x, (x - 1) ** 2 / 2 - x)),
        (lambda x: np.where(x[0] > 1, 0.0, 1.0), lambda x: np.where(x < 1, x**2 / 2 - x, -0.5)),
    ],
    ids=["everywhere", "right", "left"],
)
def test_electrostatics(electrons, potential):
    """diffusion/electrostatics and elphf/poisson: parabolas of the potential of a charge, 2e-5."""

    def equations(v):
        return {"phi": DiffusionTerm(1.0, var=v.phi) - v.electrons == 0.0}

    model = Example({"phi": constant(0.0)}, equations, (("phi", "bottom", "value", 0.0),), electrons=electrons)
    engine = run(model, (200,), (0.01,), [1.0])
    assert engine.owned("phi") == pytest.approx(potential(centres(200, 0.01)), rel=2e-5, abs=2e-5)


def test_phase_simple_relaxes():
    """phase/simple: a step relaxes to ½[1 − tanh((x − L/2)/2√(κ/W))] in 13 steps, 1e-4.

    The example sweeps once a step, so its source is that of the old phase.
    """

    def equations(v):
        source = -(1 - 2 * v.phase.old) * v.phase.old * (1 - v.phase.old)
        return {"phase": TransientTerm(var=v.phase) == DiffusionTerm(0.0025, var=v.phase) + source}

    engine = run(Example({"phase": step_down(0.5)}, equations), (400,), (1 / 400,), 13 * [1.0])
    exact = 0.5 * (1 - np.tanh((centres(400, 1 / 400) - 0.5) / (2 * np.sqrt(0.0025))))
    assert engine.owned("phase") == pytest.approx(exact, rel=1e-4, abs=1e-4)


def test_phase_simple_moves():
    """phase/simple, in the units of nickel: a front under 1 K goes at β ΔT to 3.3 %, and is δ thick to 2 %.

    And the profile is the tanh to 2e-3 where it is large enough to have a relative error below 5.
    """
    Lv, Tm, beta, sigma, dx = 2350.0, 1728.0, 0.33, 3.7e-5, 5e-6
    delta, L = 1.5 * dx, 400 * dx
    kappa, W, mobility = 6 * sigma * delta, 6 * sigma / delta, Tm * beta / (6 * Lv * delta)
    T = fipy.Variable(value=Tm, name="T")

    def equations(v):
        phase, enthalpy = v.phase, Lv * (T - Tm) / Tm
        m = -((1 - 2 * phase) * W + 30 * phase * (1 - phase) * enthalpy)
        slope = (2 * W - 30 * (1 - 2 * phase) * enthalpy) * phase * (1 - phase) + m * (1 - 2 * phase)
        rest = m * phase * (1 - phase) - slope * phase
        return {
            "phase": TransientTerm(1 / mobility, var=phase)
            == DiffusionTerm(kappa, var=phase) + rest + ImplicitSourceTerm(slope, var=phase)
        }

    engine = run(Example({"phase": step_down(L / 2)}, equations), (400,), (dx,), 10 * [1e-6])
    T.setValue(Tm - 1)
    velocity, elapsed = beta * 1.0, 0.0
    dt = 0.1 * dx / velocity
    while elapsed < 0.1 * L / velocity:
        assert engine.step(dt).accepted
        engine.accept()
        elapsed += dt
    x, found = centres(400, dx), engine.owned("phase")

    def misfit(p):
        return found - 0.5 * (1 - np.tanh((x - p[0] * elapsed - L / 2) / (2 * p[1])))

    (V, d), _ = leastsq(misfit, [L / 2, delta])
    assert V == pytest.approx(velocity, rel=3.3e-2)
    assert d == pytest.approx(delta, rel=2e-2)
    expected = 0.5 * (1 - np.tanh((x - (L / 2 + L / 10)) / (2 * delta)))
    assert np.all(abs(found - expected) <= 2e-3 + 5 * abs(expected))


def test_elphf_phase():
    """elphf/phase: the steady profile, d = √(κ/2W), found from a step: 1e-4."""
    kappa, barrier, L = 0.025, 1.0, 4.0

    def equations(v):
        xi = v.xi
        m = -4 * (0.5 - xi) * barrier
        slope = 4 * barrier * xi * (1 - xi) + m * (1 - 2 * xi)
        rest = m * xi * (1 - xi) - xi * slope
        return {"xi": DiffusionTerm(kappa, var=xi) + rest + ImplicitSourceTerm(slope, var=xi) == 0.0}

    engine = run(Example({"xi": step_down(L / 2)}, equations), (400,), (0.01,), [1.0])
    exact = (1 - np.tanh((centres(400, 0.01) - L / 2) / (2 * np.sqrt(kappa / (2 * barrier))))) / 2
    assert engine.owned("xi") == pytest.approx(exact, rel=1e-4, abs=1e-4)


def test_elphf_diffusion(direct):
    """elphf/diffusion/mesh1D: two species that drive each other, by convection terms, become uniform: 1e-7."""

    def drag(mine, other):
        return PowerLawConvectionTerm(other.faceGrad * (1.0 / (1 - other.harmonicFaceValue)), var=mine)

    def equations(v):
        return {
            "c1": TransientTerm(var=v.c1) == DiffusionTerm(1.0, var=v.c1) + drag(v.c1, v.c2),
            "c2": TransientTerm(var=v.c2) == DiffusionTerm(1.0, var=v.c2) + drag(v.c2, v.c1),
        }

    start = {"c1": lambda x: np.where(x[0] > 2, 0.6, 0.3), "c2": lambda x: np.where(x[0] > 2, 0.3, 0.6)}
    engine = run(Example(start, equations), (400,), (0.01,), 40 * [1e4])
    for name in ("c1", "c2"):
        assert engine.owned(name) == pytest.approx(0.45, rel=1e-7, abs=1e-7)


def test_cahn_hilliard_tanh(direct):
    """cahnHilliard/tanh1D: half an interface, c = 1/(1 + e^(−x)), 1e-4.

    As two equations of second order; c″ = 0 at the ends, where f′ = 0, so the potential vanishes there.
    """

    def equations(v):
        c, mu = v.c, v.mu
        return {
            "c": TransientTerm(var=c) == DiffusionTerm(1.0, var=mu),
            "mu": ImplicitSourceTerm(1.0, var=mu) + DiffusionTerm(1.0, var=c) == c * (1 - c) * (1 - 2 * c),
        }

    ends = (*both_ends("c", 0.5, 1.0), *both_ends("mu", 0.0, 0.0))
    steps = [min(10.0, np.exp(-5 + 0.5 * k)) for k in range(100)]
    engine = run(Example({"c": constant(1.0), "mu": constant(0.0)}, equations, ends), (1000,), (0.04,), steps)
    assert engine.owned("c") == pytest.approx(1 / (1 + np.exp(-centres(1000, 0.04))), rel=1e-5, abs=1e-4)


def test_convection_with_a_source():
    """convection/exponential1DSource: the exact profile, 1e-4."""
    u, L = 10.0, 10.0
    model = Example(
        {"c": constant(0.0)},
        lambda v: {"c": DiffusionTerm(1.0, var=v.c) + ExponentialConvectionTerm((u,), var=v.c) + 1.0 == 0.0},
        both_ends("c", 0.0, 1.0),
    )
    engine = run(model, (1000,), (0.01,), [1.0])
    x = centres(1000, 0.01)
    exact = -x / u + (1 + L / u) * (1 - np.exp(-u * x)) / (1 - np.exp(-u * L))
    assert engine.owned("c") == pytest.approx(exact, rel=1e-4, abs=1e-4)


def test_van_leer():
    """convection/advection/vanLeerUpwind: a square wave keeps 77 % of its height over a quarter of the box."""

    def wave(x):
        return np.where((x[0] > 4) & (x[0] < 6), 1.0, 0.0)

    model = Example(
        {"c": wave}, lambda v: {"c": TransientTerm(var=v.c) - VanLeerConvectionTerm((-1.0,), var=v.c) == 0.0}
    )
    engine = run(model, (40,), (0.5,), 20 * [0.25])
    assert engine.owned("c").max() > 0.77
    assert engine.owned("c").sum() == pytest.approx(4.0, rel=1e-9)


def test_diffusion_anisotropy():
    """diffusion/anisotropy: a point spreads five times as fast along one diagonal as along the other: 5 % of the peak.

    On a square of 81² cells, half as wide as the edges of the triangles that the example fills a circle with; the heat
    reaches neither edge.
    """
    n, dt, steps = 81, 0.00025, 40
    h, angle = 2 / n, np.pi / 4
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    tensor = turn @ np.diag([0.2, 1.0]) @ turn.T

    def point(x):
        return 1.0 * ((abs(x[0] - 1) < h / 2) & (abs(x[1] - 1) < h / 2))

    model = Example({"u": point}, lambda v: {"u": TransientTerm(var=v.u) == DiffusionTerm([tensor.tolist()], var=v.u)})
    engine = run(model, (n, n), (h, h), steps * [dt])
    middle = (np.arange(n) + 0.5) * h - 1
    X, Y = np.einsum("ji,jkl->ikl", turn, np.stack(np.meshgrid(middle, middle)))
    time = dt * steps
    exact = h**2 * np.exp(-(X**2 / 0.2 + Y**2) / (4 * time)) / (4 * np.pi * time * np.sqrt(0.2))
    assert np.max(np.abs(engine.owned("u") - exact)) < 0.05 * exact.max()
