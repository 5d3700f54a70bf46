"""What the tests of wetting share: droplets and lenses, and rulers for them. Lengths in δ_PF, M = 1."""

from __future__ import annotations

import os
from types import SimpleNamespace

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
from fipy import CellVariable

from phasefield.engines.factory import make_engine
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.wetting.model import Parameters, Wetting


class Shapes(Wetting):
    """The model without pressures: fronts move by their energies alone."""

    def equations(self, v, dt):
        still = {name: CellVariable(mesh=v.xi.mesh, name=name) for name in ("p", "q")}
        given = SimpleNamespace(xi=v.xi, psi=v.psi, inflow=SimpleNamespace(p=0.0, q=0.0), **still)
        return {name: eq for name, eq in super().equations(given, dt).items() if name in ("xi", "psi")}

    def boundaries(self, v):
        return ()

    def gradient_fluxes(self, v):
        return {}


def order_parameter(name, values):
    return Field(name, "", "1", values, lower=-0.05, upper=1.05, tolerance=1e-3, controls_step=True)


def pressure(name):
    return Field(name, "", "1", lambda x: 0 * x[0], tolerance=1e-3)


def engine_of(model, energies, fields, static, size, cells):
    """Engine on about ``size``, with ``cells`` to an interface width."""
    parameters = Parameters(tuple(γ / energies[1] for γ in energies), cell=1 / cells)
    shape = [round(length * cells) for length in size]
    return make_engine("auto", model(parameters, fields, static), shape, [1 / cells] * len(size))


def droplet(angle, radius, cells, start, surface=2.0):
    """Engine of a droplet on a rigid layer, half in the box: from one contact angle to another [rad], at one amount.

    ``radius`` is that of the droplet in the end.
    """

    def segment(θ):
        return θ - np.sin(θ) * np.cos(θ)

    first = radius * np.sqrt(segment(angle) / segment(start))
    width = max(r * (np.sin(θ) if θ < np.pi / 2 else 1.0) for r, θ in ((radius, angle), (first, start)))
    height = max(r * (1 - np.cos(θ)) for r, θ in ((radius, angle), (first, start)))
    centre = surface - first * np.cos(start)

    def layer(x):
        return equilibrium_profile(x[1] - surface, 1.0)

    def lithium(x):
        return (1 - layer(x)) * equilibrium_profile(np.hypot(x[0], x[1] - centre) - first, 1.0)

    return engine_of(
        Wetting, (1 - np.cos(angle), 1.0, 1.0), [order_parameter("xi", lithium), pressure("p")],
        [CoefficientField("psi", "", "1", layer)], (width + 2.5, surface + height + 2.5), cells,
    )  # fmt: skip


def lens(energies, chord, size, level, cells):
    """Engine of a lens between two phases that yield, half in the box: from a lens of 45° on both sides."""
    radius = chord / np.sin(np.pi / 4)
    sink = radius * np.cos(np.pi / 4)

    def lithium(x):
        reach = [np.hypot(x[0], x[1] - level + side * sink) - radius for side in (1, -1)]
        return equilibrium_profile(np.maximum(*reach), 1.0)

    def layer(x):
        return (1 - lithium(x)) * equilibrium_profile(x[1] - level, 1.0)

    fields = [order_parameter("xi", lithium), order_parameter("psi", layer), pressure("p"), pressure("q")]
    return engine_of(Wetting, energies, fields, (), size, cells)


def crossings(values, spacing):
    """Points where a field on a square grid, axes (y, x), crosses ½ along either axis: x and y."""
    inside = np.clip(values, 1e-12, 1 - 1e-12)
    points = []
    for axis in (0, 1):
        logit = np.moveaxis(np.log(inside / (1 - inside)), axis, -1)
        line, cell = np.nonzero(logit[:, :-1] * logit[:, 1:] < 0)
        before, after = logit[line, cell], logit[line, cell + 1]
        along, across = (cell + 0.5 + before / (before - after)) * spacing, (line + 0.5) * spacing
        points.append((along, across) if axis == 1 else (across, along))
    return np.hstack(points)


def circle(x, y):
    """Height of the centre and radius of the circle about the wall x = 0 through points, by least squares."""
    (centre, rest), *_ = np.linalg.lstsq(np.stack([2 * y, np.ones_like(y)], 1), x**2 + y**2, rcond=None)
    return centre, np.sqrt(rest + centre**2)


def angle_at(level, x, y):
    """Angle [deg] between a circle through points and the level that it stands on, through the inside."""
    side = 1 if np.mean(y) > level else -1
    centre, radius = circle(x, y)
    return np.degrees(np.arccos(side * (level - centre) / radius))
