"""What the verification tests share: single equations of the model, engines from decks, and rulers."""

from __future__ import annotations

import os
from types import SimpleNamespace

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
from fipy import CellVariable
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from phasefield.deck import parse_deck
from phasefield.engines.fipy import FipyEngine
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating
from phasefield.physics.registry import build
from phasefield.run.time_loop import Controller, march

#: Cells across the width δ_PF of the front, as the issue asks for.
CELLS = 8

PLANAR = """
title = "Flat"
[domain]
dimension = 1
size = ["{height:.9g} um"]
cells = [{cells}]
[interface]
width = "{width} um"
mobility = "{mobility}"
[electrolyte]
transport = "single-ion"
conductivity = "{conductivity} S/m"
[kinetics]
exchange_current_density = "{exchange} A/m^2"
[front]
height = "{front} um"
{extra}
[[drive.steps]]
{drive}
[stop]
time = "1 h"
"""


def front_field(distance) -> Field:
    """The order parameter, starting from a signed distance in widths."""
    return Field(
        "xi", "Order parameter", "1", lambda x: equilibrium_profile(distance(x), 1.0),
        lower=-0.05, upper=1.05, tolerance=1e-4, controls_step=True,
    )  # fmt: skip


class FrontAlone(Plating):
    """Equation (1) of the model by itself, driven by a given bracket B instead of a potential."""

    def __init__(self, bracket, distance, **parameters):
        super().__init__(Parameters(conductivity=1.0, kinetics=ButlerVolmer(), **parameters), [front_field(distance)])
        self.bracket = bracket

    def equations(self, v, dt):
        potential = CellVariable(mesh=v.xi.mesh, name="phi")
        given = SimpleNamespace(**vars(v) | {"phi": potential, "inflow": SimpleNamespace(phi=0.0)})
        return {"xi": super().equations(given, dt)["xi"]}

    def reaction_rate(self, v, where=1.0):
        return self.bracket

    def boundaries(self, v):
        return ()

    def gradient_fluxes(self, v):
        return {}

    def refresh(self, v, dt, iteration):
        pass


def planar_engine(
    drive,
    width=1.0,
    gap=10.0,
    below=4.0,
    conductivity=0.05,
    exchange=30.0,
    extra="",
    mobility="auto",
    cells=CELLS,
):
    """Deck, case and engine of a flat front; lengths in µm, the rest in SI or as in a deck."""
    n = round((below * width + gap) / width * cells)
    text = PLANAR.format(
        height=n * width / cells, cells=n, width=width, front=below * width, conductivity=conductivity,
        exchange=exchange, extra=extra, drive=drive, mobility=mobility,
    )  # fmt: skip
    deck = parse_deck(text)
    case = build(deck)
    engine = FipyEngine(case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    return deck, case, engine


def advance(engine, time, dt, steps=None, observe=lambda progress: None, tolerance=1e-2):
    """March to a time from a first step dt; with ``steps``, in that many equal ones."""
    if steps is None:
        return march(engine, Controller(dt, tolerance), [time], [observe])
    for _ in range(steps):
        verdict = engine.step(time / steps)
        assert verdict.accepted, verdict
        engine.accept()
    return None


def front_position(xi, spacing: float) -> float:
    """Where a falling profile crosses ξ = ½, by interpolation of ln(ξ/(1 − ξ)), linear on a tanh."""
    inside = np.clip(xi, 1e-12, 1 - 1e-12)
    logit = np.log(inside / (1 - inside))
    k = int(np.flatnonzero((xi[:-1] >= 0.5) & (xi[1:] < 0.5))[-1])
    return (k + 0.5 + logit[k] / (logit[k] - logit[k + 1])) * spacing


def position(engine) -> float:
    """Of the front of a one-dimensional engine."""
    return front_position(engine.owned("xi"), engine.box.spacing[-1])


def spline_crossing(spline: CubicSpline, level: float) -> float:
    """Where a falling profile crosses a level."""
    return brentq(lambda x: spline(x) - level, spline.x[0], spline.x[-1])


def diagonal_radius(xi, spacing: float) -> float:
    """Radius along the diagonal of a square of cells whose corner is the centre."""
    return front_position(np.diagonal(xi), spacing * np.sqrt(2))


def order(errors, ratio=2.0):
    """Observed orders between successive refinements by a ratio."""
    errors = np.asarray(errors)
    return np.log(errors[:-1] / errors[1:]) / np.log(ratio)


def added(rates, steps):
    """What rates at the ends of time steps have added up to, integrated as BDF2 does; the first row is the start.

    Δ_n = h_n (1 + r)/(1 + 2r) rate_n + r²/(1 + 2r) Δ_(n−1), r = h_n/h_(n−1), and 0 in the first step.
    """
    changes = [0.0]
    for k in range(1, len(steps)):
        r = steps[k] / steps[k - 1] if k > 1 else 0.0
        changes.append(steps[k] * (1 + r) / (1 + 2 * r) * rates[k] + r**2 / (1 + 2 * r) * changes[-1])
    return np.cumsum(changes)
