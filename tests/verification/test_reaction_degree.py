"""The closure without an interface energy: growth laws on a mesh whose cell is the front (B15, B16)."""

import numpy as np
import pytest

from phasefield import theory
from phasefield.deck import load_deck
from phasefield.engines.factory import make_engine
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor, Parameters
from phasefield.physics.interphase.reaction_degree import ReactionDegree
from phasefield.physics.registry import build
from tests.test_inputs import INPUTS
from tests.verification.interphase import LINEAR


def degree(product, shape, coated=0, reacted=lambda x: 0 * x[0], electrolyte=(1e6, 1e-12), **parameters):
    """Engine on cells of 1, k_r = 1, U = 1; ``coated`` cells of coating at the bottom."""
    p = Parameters(
        mobility=1.0, onset=1.0, product=Conductor(*product), electrolyte=Conductor(*electrolyte),
        kinetics=LINEAR, cell=1.0, **parameters,
    )  # fmt: skip

    def coating(x):
        return 1.0 * (x[-1] < coated)

    fields = [
        Field("psi", "", "1", lambda x: np.maximum(coating(x), reacted(x)), lower=-0.05, upper=1.05, tolerance=1e-4,
              controls_step=True),
        *(Field(name, "", "1", lambda x: 0 * x[-1], tolerance=1e-4) for name in ("phi_i", "phi_e")),
    ]  # fmt: skip
    static = [CoefficientField("coating", "", "1", coating)] if coated else []
    return make_engine("auto", ReactionDegree(p, fields, static), shape, [1.0] * len(shape))


def grow(engine, times):
    """What has reacted, coating included, after steps between given times."""
    found = []
    for dt in np.diff(times):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict
        engine.accept()
        found.append(float(np.sum(engine.owned("psi"))))
    return np.array(found)


@pytest.mark.parametrize("carrier", ["electrons", "ions"])
def test_wagner_on_200_cells(carrier):
    """L² − L₀² = 2k_p t from 190 to 200 cells, whichever carrier limits, in steps of a cell: growth to 3 %."""
    slow, fast = 0.05, 50.0
    product = (fast, slow) if carrier == "electrons" else (slow, fast)
    parabolic = slow * fast / (slow + fast)
    start, wanted = 190, np.arange(190.0, 201.0)
    engine = degree(product, [206], reacted=lambda x: 1.0 * (x[-1] < start))
    found = grow(engine, (wanted**2 - start**2) / (2 * parabolic) + wanted - start)
    assert found[4::5] - start == pytest.approx(wanted[5::5] - start, rel=0.03)


@pytest.mark.parametrize("parabolic", [0.05, 2.0, 1e4])
def test_deal_grove_from_nothing(parabolic):
    """L²/2k_p + L/k_r = t from the bare electrode on, in steps of a tenth of a cell: to 3 % from 6 cells on."""
    wanted = np.arange(0.0, 7.01, 0.1)
    engine = degree((1e4 * parabolic, parabolic), [12])
    found = grow(engine, wanted**2 / (2 * parabolic) + wanted)
    assert found[59:] == pytest.approx(wanted[60:], rel=0.03)


def test_coating_leaves_less_than_a_cell():
    """50 nm of 1e-14 S/m cut the 378 nm that would have grown to 0.002 nm, on cells of 2 nm: 3 %, and 1e-6 in charge.

    L = −a + √(a² + 2k_p t), a = h_c σ_P/σ_c, with 7.1e-9 S/m of the product.
    """
    nm = 2.0  # per cell
    height, bare, contrast = 50.0, 378.0, 7.1e-9 / 1e-14
    a = height * contrast
    exact = -a + np.sqrt(a**2 + bare**2)
    assert exact == pytest.approx(0.002, rel=0.02)
    product = 1.0
    engine = degree(
        (1e4, product), [30], coated=25, electrolyte=(1e8, 1e-9), coating=Conductor(1e4, product / contrast)
    )
    time = (bare / nm) ** 2 / (2 * product)
    found = grow(engine, np.linspace(0, time, 6))[-1] - 25
    assert found * nm == pytest.approx(exact, rel=0.03)
    parabolic = theory.parabolic_constant(1e4, product, 1.0, theory.FARADAY)
    assert parabolic == pytest.approx(product, rel=1e-3)


def test_no_capillarity():
    """The curvature of a ragged front does not shift its onset: there is no interface energy."""
    deck = load_deck(INPUTS / "interphase_coated.toml", ["interface.closure=degree-of-reaction"])
    assert build(deck).model.p.capillarity is None


def test_a_front_does_not_follow_the_mesh():
    """From a disc, where only reaction limits, fronts along axes and diagonals keep apart by less than a cell."""
    engine = degree((1e6, 1e6), [20, 20], reacted=lambda x: 1.0 * (np.hypot(*x) < 6), electrolyte=(1e6, 1e6))
    grow(engine, np.arange(0.0, 9.01, 0.3))
    ψ = engine.owned("psi")
    axis = np.sum(ψ[:, 0])
    diagonal = np.sum(np.diagonal(ψ)) * np.sqrt(2)
    assert axis == pytest.approx(15.0, abs=1.0)
    assert diagonal == pytest.approx(15.0, abs=1.0)
