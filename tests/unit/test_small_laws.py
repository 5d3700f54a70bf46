"""Balances, curvature, wells and the account of a run at a few points, each formula written anew."""

import math
import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
from fipy import CellVariable, Grid2D

from phasefield.physics.common import energy
from phasefield.physics.common.balance import ROUND_OFF, Balance
from phasefield.physics.common.columns import Column
from phasefield.physics.common.curvature import curvature
from phasefield.run.account import Account


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_error_of_a_balance(sign):
    """(|gap| − 1e-13 |held|)/through, not below 0; without any traffic, no gap is small."""
    assert Balance(sign * 3e-3, 9.0, sign * 2.0, sign * 1e9).error(6.0) == pytest.approx((3e-3 - 1e-4) / 6.0)
    assert Balance(sign * 3e-3, 9.0, sign * 2.0, sign * 1e12).error(4.0) == 0.0
    assert Balance(0.0, 0.0, 0.0, 0.0).error(0.0) == 0.0
    assert Balance(sign * 1e-9, 0.0, 0.0, 0.0).error(0.0) == math.inf


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_traffic_of_a_step(sign):
    """The larger of what passed, in either direction, and what moved."""
    before = Balance(0.0, 5.0, 9.0, 1.0)
    assert before._replace(passed=5.0 + sign * 2.0, moved=sign * 1.5).traffic(before) == 2.0
    assert before._replace(passed=5.0 + sign * 2.0, moved=sign * 3.0).traffic(before) == 3.0
    assert ROUND_OFF == 1e-13


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_balance_of_no_number(place, wrong):
    """Gap, sum or move that is not finite makes an error that is none, which no bound lets pass."""
    gap, through, moved = (wrong if k == place else 1.0 for k in range(3))
    balance = Balance(gap, 1.0, moved, 1.0)
    assert math.isnan(balance.error(through + balance.traffic(Balance(0.0, 0.0, 0.0, 1.0))))


def test_curvature_of_a_disc():
    """1/R where ξ = ½ of a disc of lithium, positive: 2 %; a face that is left out lets nothing pass."""
    mesh = Grid2D(nx=60, ny=60, dx=0.1, dy=0.1)
    x, y = mesh.cellCenters.value
    ξ = CellVariable(mesh=mesh, value=energy.equilibrium_profile(np.hypot(x, y) - 3.0, 1.0))
    at_front = np.abs(np.hypot(x, y) - 3.0) < 0.1
    found = curvature(ξ).value[at_front]
    assert np.mean(found) == pytest.approx(1 / 3.0, rel=0.02)
    assert np.all(curvature(ξ, 0.0 * ξ.faceValue).value == 0.0)
    assert curvature(ξ, 0.5 + 0.0 * ξ.faceValue).value[at_front] == pytest.approx(0.5 * found)


def test_curvature_is_regular_where_nothing_varies():
    """|∇ξ|² + 1e-8: a slope of 1e-4 counts as 1/√2, and one of nothing as nothing."""
    mesh = Grid2D(nx=3, ny=1, dx=1.0, dy=1.0)
    ξ = CellVariable(mesh=mesh, value=[0.0, 1e-4, 1e-4])
    np.testing.assert_allclose(curvature(ξ).value, [-1 / np.sqrt(2), 1 / np.sqrt(2), 0.0], rtol=1e-9)


POINTS = np.array([-0.03, 0.1, 0.25, 0.6, 0.9, 1.04])


def test_wells():
    """g = ξ²(1 − ξ)² and its slope by differences; h = ∫30ξ²(1 − ξ)², 0 in the electrolyte and 1 in the metal."""
    ξ, step = POINTS, 1e-6
    np.testing.assert_allclose(energy.double_well(ξ), (ξ - ξ**2) ** 2)
    slope = (((ξ + step) - (ξ + step) ** 2) ** 2 - ((ξ - step) - (ξ - step) ** 2) ** 2) / (2 * step)
    np.testing.assert_allclose(energy.double_well_slope(ξ), slope, rtol=1e-6)
    np.testing.assert_allclose(energy.interpolation_slope(ξ), 30 * (ξ - ξ**2) ** 2)
    h = 10 * ξ**3 - 15 * ξ**4 + 6 * ξ**5
    np.testing.assert_allclose(energy.interpolation(ξ), h, atol=1e-14)
    assert energy.δ == 0.25


@pytest.mark.parametrize("cell", [0.3, 1.6])
def test_well_of_a_mesh(cell):
    """2 ξ_i″ δ² of a tanh profile with cells of h δ is the slope, at each place of the front between cells."""
    for offset in np.linspace(-2, 2, 9):
        below, here, above = (0.5 * (1 - np.tanh((offset + k * cell) / 2)) for k in (-1, 0, 1))
        second = (below - 2 * here + above) / cell**2
        assert energy.double_well_slope(here, cell) == pytest.approx(2 * second, rel=1e-9, abs=1e-14)


def test_profile():
    """½[1 − tanh(2x/δ_PF)] = 1/(1 + e^{4x/δ_PF})."""
    x = np.array([-1.1, 0.0, 0.4, 2.0])
    np.testing.assert_allclose(energy.equilibrium_profile(x, 0.8), 1 / (1 + np.exp(4 * x / 0.8)), rtol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7, 1.2])
def test_cubic_flux_in_two_dimensions(angle):
    """J = ∂/∂p ½a²p² for a = 1 + ε cos 4θ: (a² p, a a′ p) along and across the slope."""
    ε = 0.05
    n = np.array([np.cos(angle), np.sin(angle)])
    a, slope = 1 + ε * np.cos(4 * angle), -4 * ε * np.sin(4 * angle)
    flux = a * a * n + a * slope * np.array([-n[1], n[0]])
    found = np.array(energy.cubic_anisotropy(n**2, ε)) * n
    np.testing.assert_allclose(found, flux, atol=1e-12)


class Records:
    """A record whose balances and row are what a test says; what is booked counts."""

    columns = (
        Column("Charge closure", "1", "", closes="charge"), Column("Height", "m", ""),
        Column("Radius", "m", "", undefined=True),
    )  # fmt: skip

    def __init__(self):
        self.passed, self.gap, self.values, self.booked = 0.0, 0.0, {"Height": 1.0, "Radius": 1.0}, 0.0

    def balances(self):
        return {"Charge closure": Balance(self.gap, self.passed, 0.0, 0.0)}

    def impossible(self, row):
        return ""

    def update(self, dt):
        self.booked += dt

    def row(self, time):
        return {"Time": time, **self.values}

    def state(self):
        return {"booked": self.booked}

    def restore(self, state):
        self.booked = state["booked"]


def test_account_sums_what_passes_in_any_direction():
    """2 there and 1.5 back have sent 3.5 through: a gap of 1e-3 is an error of 1e-3/3.5, judged before it is booked."""
    record = Records()
    account = Account(record, 2.9e-4)
    record.passed = 2.0
    assert account.judge(1.0, 0.5) == "" and account.row["Time"] == 1.0 and record.booked == 0.5
    record.passed, record.gap = 0.5, 1e-3
    assert account.judge(2.0, 0.25) == "" and record.booked == 0.75
    record.gap = 1.1e-3
    reason = account.judge(3.0, 0.25)
    assert "charge" in reason and "3.1e-04" in reason and record.booked == 0.75 and account.row["Time"] == 2.0
    record.gap = math.nan
    assert "charge" in account.judge(3.0, 0.25)


def test_account_begins_with_what_had_passed():
    """Opened, or restored, on a record through which −4 had passed: these 4 count, once."""
    record = Records()
    record.passed = -4.0
    account = Account(record, 1e-3)
    record.gap = 3.9e-3
    assert account.judge(1.0, 1.0) == ""
    record.gap = 4.1e-3
    assert account.judge(1.0, 1.0) != ""
    state = account.state()
    assert state == {"record": {"booked": 1.0}, "through": {"Charge closure": 4.0}}
    older, longer = {"record": {"booked": 7.0}}, state | {"through": {"Charge closure": 9.0}}
    for known, largest in ((state, 4.0), (older, 4.0), (longer, 9.0)):
        again = Account(record, 1e-3)
        again.restore(known)
        record.gap = 0.99e-3 * largest
        assert again.judge(2.0, 0.0) == ""
        record.gap = 1.01e-3 * largest
        assert again.judge(2.0, 0.0) != ""


def test_account_refuses_columns_that_are_no_numbers():
    """All but those which may be undefined."""
    record = Records()
    account = Account(record, 1e-3)
    record.values["Radius"] = math.nan
    assert account.judge(1.0, 1.0) == ""
    record.values["Height"] = math.inf
    assert "Height" in account.judge(2.0, 1.0)
    account.open(5.0)
    assert account.row["Time"] == 5.0
