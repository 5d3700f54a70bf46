"""The prototype of a split step: charge by construction, and second order in time."""

import pytest

from tests.benchmarks.split import REFERENCE, STAGES, Case


@pytest.fixture(scope="module")
def case():
    return Case(16)


def test_charge_is_what_the_current_has_brought(case):
    """To round-off, although φ has one Newton iteration per step and the stages use a predicted φ."""
    assert abs(case.charge(case.split(10, STAGES[10]))) < 1e-12


def test_second_order(case):
    """Halving a step divides the error against a coupled implicit solution by four; 3 is asked for."""
    reference = case.coupled(REFERENCE)
    errors = [case.error(case.split(steps, STAGES[steps]), reference) for steps in (10, 20)]
    assert errors[1] < errors[0] / 3
    assert errors[1] < case.error(case.coupled(20), reference)
