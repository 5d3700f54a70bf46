"""Capillarity of an interphase's curved front: the numerical one, and the physical one with that taken out."""

import numpy as np
import pytest
from scipy.optimize import brentq

from phasefield.engines.fipy import FipyEngine
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from tests.slow import slow
from tests.verification.interphase import LINEAR, grow, layer_fields

START, TIME, CELLS = 4.0, 2.0, 6


def radius_reached(capillarity, time=TIME, start=START):
    """R of dR/dt = 1 − Γ/R, from its implicit solution R − R₀ + Γ ln((R − Γ)/(R₀ − Γ)) = t."""
    Γ = capillarity
    return brentq(lambda R: R - start + Γ * np.log((R - Γ) / (start - Γ)) - time, start, start + time + 1e-9)


@pytest.mark.parametrize("capillarity, expected", [slow(None, 1.0), slow(0.0, 0.0), (0.5, 0.5)])
def test_growing_circle(capillarity, expected):
    """A quarter disc that only its reaction limits grows as dR/dt = k_r(1 − Γ/R), 3 % of its advance.

    Γ is L_ψκ = 1 where the interface's own capillarity is left in, and the given γV_n/(FΦδ_PF) where it is taken out.
    """
    good = Conductor(1e6, 1e6)
    parameters = Parameters(
        mobility=1.0, onset=1.0, product=good, electrolyte=Conductor(1e6, 1e-2), kinetics=LINEAR, cell=1 / CELLS,
        capillarity=capillarity,
    )  # fmt: skip
    model = Interphase(parameters, layer_fields(lambda x: np.hypot(*x) - START))
    engine = FipyEngine(model, [45, 45], [1 / CELLS] * 2)
    grow(engine, [TIME], dt=0.02, tolerance=1e-3)
    area = np.sum(engine.owned("psi")) / CELLS**2
    radius = np.sqrt(4 * area / np.pi)
    reached = radius_reached(expected)
    assert radius - START == pytest.approx(reached - START, rel=0.03)
