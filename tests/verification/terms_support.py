"""One unknown, a given equation, and static fields that are as good as random: to compare single terms with FiPy's."""

from __future__ import annotations

import fipy
import numpy as np

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from phasefield.physics.common.model import Boundary, CoefficientField, Field, Model
from tests.verification.compiled_support import differences, disturb

ROUND_OFF = 1e-12
SHAPES = {"1-D": (7,), "2-D": (4, 5), "3-D": (3, 4, 3)}
SPACING = (0.3, 0.5, 0.4)
#: Widths of cells that differ along all axes but the second of three.
GRADED = {
    "1-D": ([0.3, 0.2, 0.5, 0.1, 0.4, 0.4, 0.25],),
    "2-D": ([0.3, 0.1, 0.2, 0.4], [0.5, 0.2, 0.3, 0.35, 0.6]),
    "3-D": ([0.3, 0.2, 0.5], 0.5, [0.4, 0.1, 0.25]),
}


def wave(x):
    """A smooth start between 0.2 and 0.8."""
    return 0.5 + 0.3 * np.cos(sum(k * along for k, along in enumerate(x, start=1)))


def scattered(seed: int):
    """A function of position that jumps from cell to cell, between 0 and 1."""
    factors = np.random.default_rng(seed).uniform(20, 90, 3)
    return lambda x: 0.5 + 0.5 * np.sin(seed + sum(f * along for f, along in zip(factors, x, strict=False)))


class One(Model):
    """An unknown u whose equation is given, its value fixed at one end or both; static fields s0 to s8.

    Parameters
    ----------
    equation : callable
        ``equation(v)``, a FiPy equation for ``v.u``.
    ends : sequence of str
    periodic : str
        Axes.
    """

    fields = (Field("u", "u", "1", wave),)
    static = tuple(CoefficientField(f"s{k}", f"s{k}", "1", scattered(k + 1)) for k in range(9))

    def __init__(self, equation, ends=("bottom",), periodic=""):
        super().__init__()
        self.equation, self.ends, self.periodic = equation, ends, periodic

    def equations(self, v, dt):
        return {"u": self.equation(v)}

    def boundaries(self, v):
        return tuple(Boundary("u", end, "value", 0.4) for end in self.ends)


def vector(v, low=-1.0, high=1.0):
    """A scattered vector on faces."""
    dim = v.u.mesh.dim
    parts = [getattr(v, f"s{k}").faceValue * np.eye(dim)[k][:, None] for k in range(dim)]
    return (high - low) * sum(parts[1:], parts[0]) + np.full((dim, 1), low)


def tensor(v, where: str):
    """A scattered tensor of positive components, strongest on its diagonal; of cells or on faces."""
    dim = v.u.mesh.dim
    total = np.eye(dim)[:, :, None] + 0.2
    for k in range(dim * dim):
        unit = np.zeros((dim, dim, 1))
        unit[k // dim, k % dim] = 0.5
        static = getattr(v, f"s{k}")
        total = (static.faceValue if where == "faces" else static) * unit + total
    return total


def scheme(name: str):
    """A convection term by its scheme."""
    return getattr(fipy, f"{name}ConvectionTerm")


def compare(equation, shape, ends=("bottom",), seeds=(0,), dt=0.1, spacing=SPACING, periodic=""):
    """Assert that the compiled system of an equation is FiPy's at random states, one after the other."""
    model, spacing = One(equation, ends, periodic), spacing[: len(shape)]
    reference, compiled = FipyEngine(model, shape, spacing), CompiledEngine(model, shape, spacing, picard=True)
    for seed in seeds:
        disturb((reference, compiled), seed, 0.3)
        with np.errstate(all="ignore"):
            matrix, right = differences(reference, compiled, dt)
        assert matrix < ROUND_OFF and right < ROUND_OFF
