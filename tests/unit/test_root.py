"""Bisection finds what scipy's brentq finds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from phasefield.theory.root import root


@given(st.floats(-30, 30), st.floats(1e-3, 7))
def test_as_brentq(at, steepness):
    def function(x):
        return math.sinh(steepness * (x - at))

    for one, other in ((function, -40.0), (lambda x: -function(x), -50.0)):
        assert root(one, other, 60.0) == pytest.approx(brentq(one, other, 60.0, xtol=1e-15), rel=1e-13, abs=1e-14)


def test_to_the_last_digit_of_small_numbers():
    assert root(lambda x: math.expm1(x) - 3e-20, 0.0, 1.0) == pytest.approx(3e-20, rel=1e-15)


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-1.0, 0.0)])
def test_a_root_at_an_end(ends):
    assert abs(root(lambda x: x, *ends)) < 1e-300


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda x: x**2 + 1, "2 at -1, 5 at 2"),
        (lambda x: math.nan, "nan at -1"),
        (lambda x: x if abs(x) > 0.7 else math.nan, "at 0.5"),
    ],
)
def test_no_root(function, named):
    with pytest.raises(ValueError) as caught:
        root(function, -1.0, 2.0)
    assert named in str(caught.value)
