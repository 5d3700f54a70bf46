"""The study decks of inputs/, at small size, against the formulas they are meant to be compared with."""

from pathlib import Path

import numpy as np
import pytest

from phasefield import check
from phasefield.study import load_study
from phasefield.study.actions import run
from phasefield.study.collect import table
from phasefield.study.folder import Folder
from phasefield.study.job import LAUNCHER

INPUTS = Path(__file__).parents[2] / "inputs"


@pytest.mark.parametrize("path", sorted(INPUTS.glob("*.study.toml")), ids=lambda path: path.name.split(".")[0])
def test_members_are_worth_running(path):
    """Every member's deck is valid, without an error, and no two are the same."""
    study = load_study(path)
    assert [str(problem) for member in study.members for problem in check.errors(member.deck)] == []
    assert len({member.name for member in study.members}) == len(study.members)


def outcomes(tmp_path, name, *overrides):
    """Run a study with fewer members and coarser meshes; its table, as columns."""
    study = load_study(INPUTS / f"{name}.study.toml", overrides)
    folder = Folder(tmp_path / name)
    report, code = run(study, folder, 2, LAUNCHER, retry=False)
    assert code == 0, report
    return {head: np.array(values) for head, values in table(study, folder).to_pydict().items()}


@pytest.mark.timeout(240)
def test_dendrite_onset(tmp_path):
    """A ripple grows at the rate of linear theory of the secondary current distribution (Monroe and Newman 2005).

    Bar: 3 % of each rate. The interface energy of lithium is too small for any of these ripples to decay.
    """
    found = outcomes(
        tmp_path, "dendrite_onset", "axes.0.count=2", "axes.1.count=2", "set.interface.width=4 um",
        "set.domain.cells=[60, 63]", 'set.stop.time="6 min"',
        "constraints=[\"current_density < '5 mA/cm^2' or film_thickness < '50 nm'\"]",
    )  # fmt: skip
    rate = found["Growth rate of the roughness [1/h]"]
    theory = found["Growth rate of the ripple, linear theory [1/h]"]
    assert max(theory) > 30 * min(theory) > 0, "the study must span fast and slow growth"
    assert len(rate) == 3 and rate == pytest.approx(theory, rel=0.03)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_interphase_after_a_week(tmp_path):
    """Thicknesses follow L = −b + √((b + L₀)² + 2k_p t), with the coating's resistance in b (Wagner, Deal and Grove).

    Bar: growth to 5 %; the diffuse front is 6 nm wide.
    """
    found = outcomes(
        tmp_path, "interphase_week", "axes.0.count=2", "axes.1.count=2", 'axes.1.together_with="coating_thickness"',
        'axes.1.range=["1e-15 S/cm", "3e-14 S/cm"]', 'set.domain.size=["150 nm"]', "set.domain.cells=[150]",
    )  # fmt: skip
    grown, theory = (found[head] - 8.0 for head in ("Thickness [nm]", "Thickness of a flat layer, theory [nm]"))
    assert max(theory) > 5 * min(theory), "the study must span thin and thick"
    assert grown == pytest.approx(theory, rel=0.05, abs=0.2)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_pinholes(tmp_path):
    """Charge goes through fewer holes faster: with one hole lithium crosses the cell on less charge than with four,
    and at most on that of a flat front, (22 − 8) µm F/V_Li = 2.89 mAh/cm².
    """
    found = outcomes(
        tmp_path, "pinholes", "axes.0.values=[1, 4]", 'axes.1.values=["8 mA/cm^2"]', "axes.1.range=", "axes.1.count=",
        "axes.2.values=[1]", 'set.domain.size=["40 um", "22 um"]', "set.domain.cells=[60, 33]",
        "set.interface.width=4 um",
    )  # fmt: skip
    charge, after = found["Charge plated [mAh/cm²]"], found["Short circuit after [min]"]
    one, four = charge[found["pinholes [1]"] == 1], charge[found["pinholes [1]"] == 4]
    assert (one < four).all() and (charge < 2.89).all()
    assert after == pytest.approx(charge / found["current_density [mA/cm^2]"] * 60, rel=0.01), "at given current Q = it"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_overpotential(tmp_path):
    """At twice the voltage about twice the charge flows in the same time (to 15 %: kinetics are not linear, and the gap
    closes faster), from surfaces of the same roughness.
    """
    found = outcomes(
        tmp_path, "overpotential", 'axes.0.values=["-20 mV", "-40 mV"]', 'axes.1.values=["0.2 um"]',
        "axes.2.values=[1]", "set.domain.cells=[60, 48]", "set.interface.width=4 um", 'set.stop.time="8 min"',
    )  # fmt: skip
    low, high = found["Charge plated [mAh/cm²]"]
    assert list(found["voltage [mV]"]) == [-20, -40] and high == pytest.approx(2 * low, rel=0.15)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_dendrite_regimes(tmp_path):
    """At half of the limiting current a seed drowns in the deposit; at twice the limiting current it becomes a tree."""
    found = outcomes(
        tmp_path, "dendrite_regimes", 'axes.0.values=["1 mol/L"]', 'axes.1.values=["100 mA/cm^2", "400 mA/cm^2"]',
        "axes.0.scale=linear",
    )  # fmt: skip
    limit = 96485.33 * 3e-10 * 1000.0 / (0.62 * 25e-6)
    asked = found["Salt asked for at a flat front over what is there [1]"]
    assert asked == pytest.approx(np.array([1000.0, 4000.0]) / limit, rel=1e-3)
    assert list(found["Largest morphology (0 flat, 1 tips, 2 branches) [1]"]) == [0, 2]
    assert found["Columns with electrolyte under lithium [1]"][0] < 0.25


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_dendrite_anisotropy(tmp_path):
    """With and without anisotropy the same tips: 0.5 % of the way after 12 s, bare and coated."""
    found = outcomes(tmp_path, "dendrite_anisotropy", 'set.stop.time="12 s"')
    for way in ("bare", "coated"):
        none, some = (found["Tip height [µm]"] - 7.5)[found["lithium [1]"] == way]
        assert none > 3 and some == pytest.approx(none, rel=5e-3) and some != none
