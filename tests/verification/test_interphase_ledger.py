"""Layers in two dimensions: lithium and charge close to 1e-6, holes in a coating, and any number of ranks agrees."""

from pathlib import Path

import numpy as np
import pytest

from phasefield import theory
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from tests.parallel.pool import on_ranks
from tests.verification.interphase import LINEAR, FipyEngine, grow, layer_fields

#: Cells across δ_PF: the well of the mesh holds no front, and these fronts are nearly flat.
CELLS = 2
#: Height of the coating, and of all that is not electrolyte at the start.
COATING, SEED = 1.0, 3.0


def pierced(width, hole, height, product, coating, static=(), mobility=0.3, **engine):
    """Engine of a coating on lithium, half a hole at the left."""
    p = Parameters(
        mobility=mobility, onset=1.0, product=Conductor(*product), electrolyte=Conductor(1e6, 1e-8), kinetics=LINEAR,
        coating=Conductor(*coating), cell=1 / CELLS,
    )  # fmt: skip
    covered = CoefficientField("coating", "", "", lambda x: ((x[-1] < COATING) & (x[0] > hole)) * 1.0)
    model = Interphase(p, layer_fields(lambda x: x[-1] - SEED), [covered, *static])
    return FipyEngine(model, [round(width * CELLS), round(height * CELLS)], [1 / CELLS] * 2, **engine)


def through_bottom(engine, name):
    """∫σ∂φ/∂z over the bottom: minus the current that enters there."""
    return float(np.sum(engine.end_flux(name, "bottom"))) / CELLS


def grains():
    """Conductivities that vary in the plane."""
    return [
        CoefficientField("electronic", "", "", lambda x: 1 + 0.5 * np.cos(x[0])),
        CoefficientField("ionic", "", "", lambda x: 1 - 0.5 * np.cos(2 * x[0])),
    ]


def test_ledger():
    """In each step: what the product grew by is the charge that Li⁺ brought, and that electrons did: 1e-6.

    A coating with a hole, a conductivity that varies in the plane, and contrasts of 1e8.
    """
    engine = pierced(8.0, 2.0, 8.0, (20.0, 1.0), (1e4, 1e-4), grains())
    for _ in range(8):
        before = np.sum(engine.owned("psi"))
        verdict = engine.step(0.4)
        assert verdict.accepted, verdict
        grown = (np.sum(engine.owned("psi")) - before) / CELLS**2
        assert grown > 0.1
        assert -0.4 * through_bottom(engine, "phi_i") == pytest.approx(grown, rel=1e-6)
        assert +0.4 * through_bottom(engine, "phi_e") == pytest.approx(grown, rel=1e-6)
        engine.accept()


def test_a_coating_takes_no_part():
    """No reaction in an insulating coating, cells that it fills in part included: V is physical from the first step.

    An overlap of the front's profile with the coating would have to be charged through it; V stays in (−½, 1½) U.
    """
    fraction = CoefficientField("coating", "", "", lambda x: np.clip((1.25 - x[-1]) * CELLS + 0.5, 0, 1) * (x[0] > 1))
    p = Parameters(
        mobility=0.3, onset=1.0, product=Conductor(20.0, 1.0), electrolyte=Conductor(1e6, 1e-8), kinetics=LINEAR,
        coating=Conductor(1.0, 1e-9), cell=1 / CELLS, capillarity=0.0,
    )  # fmt: skip
    model = Interphase(p, layer_fields(lambda x: x[-1] - 2), [fraction])
    engine = FipyEngine(model, [8, 12], [1 / CELLS] * 2)
    covered, before = engine.owned("coating") > 0, engine.owned("psi").copy()
    assert set(np.unique(engine.owned("coating"))) == {0.0, 0.5, 1.0}
    for _ in range(3):
        assert engine.step(0.05).accepted
        engine.accept()
        potential = engine.owned("phi_e") - engine.owned("phi_i")
        assert -0.5 < potential.min() and potential.max() < 1.5
    assert engine.owned("psi")[covered] == pytest.approx(before[covered], abs=1e-12)


def test_pinholes():
    """What grew on average is (1 − p)L_c + pL_u, holes wider than the layer, few and far apart: 5 %."""
    product, equivalent, width, hole = (1e3, 0.5), 20.0, 80.0, 8.0
    coating = (1e3, COATING * product[1] / equivalent)
    parabolic = theory.parabolic_constant(*product, 1.0, theory.FARADAY)
    time = (6.0**2 - SEED**2) / (2 * parabolic) + (6 - SEED)  # until it is 6 high in the hole
    below = SEED - COATING
    coated = theory.grown_thickness(time, parabolic, 1.0, equivalent, below) - below
    bare = theory.grown_thickness(time, parabolic, 1.0, initial=SEED) - SEED
    assert bare == pytest.approx(3.0) and coated < 0.3 * bare
    engine = pierced(width, hole, 8.0, product, coating)
    (found,) = grow(engine, [time], tolerance=2e-2)
    assert found - SEED == pytest.approx(theory.pinhole_mean_thickness(hole / width, coated, bare), rel=0.05)


RANKS = """
import sys
import numpy as np
from tests.verification.test_interphase_ledger import grains, pierced

engine = pierced(8.0, 2.0, 8.0, (20.0, 1.0), (1e4, 1e-4), grains(), profile="strict", max_newton=30)
for _ in range(2):
    verdict = engine.step(0.4)
    assert verdict.accepted, verdict
    engine.accept()
fields = {name: engine.grid.whole(engine.owned(name)) for name in ("psi", "phi_i", "phi_e")}
if engine.comm.rank == 0:
    np.savez(sys.argv[1], **fields)
"""


def test_number_of_ranks_changes_nothing(tmp_path):
    """1 and 3 ranks agree to 1e-8 of each field in the strict profile."""
    script = tmp_path / "ranks.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{RANKS}")
    found = []
    for ranks in (1, 3):
        file = tmp_path / f"{ranks}.npz"
        result = on_ranks(ranks, [script, file])
        assert result.returncode == 0, result.stdout
        found.append(np.load(file))
    for other in found[1:]:
        for name, one in found[0].items():
            assert other[name] == pytest.approx(one, abs=1e-8 * np.max(np.abs(one)))
