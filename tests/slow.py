"""Parameters of a test that only ``make test-slow`` tries."""

import pytest


def slow(*values, **options):
    """A set of parameters under the marker ``slow``."""
    return pytest.param(*values, marks=pytest.mark.slow, **options)
