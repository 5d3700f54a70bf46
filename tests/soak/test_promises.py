"""What is promised of long runs, tried for hours: ``make soak``, or ``pytest -m soak -k KILL tests/soak``.

The table at the end says what was tried, and what held.
"""

import pytest

from tests.soak.promises import ALL


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("promise", ALL)
def test_promise(promise, tmp_path, kept):
    """Each attempt says what went wrong in it, or nothing."""
    problems = []
    try:
        for problem in ALL[promise](tmp_path):
            problems.append(problem)
            if problem:
                print(problem)  # in full: pytest shortens what is asserted
    finally:
        kept(promise, len(problems), problems.count(""))
    assert problems and not any(problems), [problem for problem in problems if problem]
