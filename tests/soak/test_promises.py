"""What is promised of long runs, tried for about an hour: ``make soak``, or ``pytest -m soak -k KILL tests/soak``."""

import pytest

from tests.soak.promises import ALL


@pytest.mark.soak
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("promise", ALL)
def test_promise(promise, tmp_path, ledger):
    """Each attempt says what went wrong in it, or nothing."""
    problems = []
    try:
        for problem in ALL[promise](tmp_path):
            problems.append(problem)
    finally:
        ledger.append((promise, len(problems), problems.count("")))
    assert problems and not any(problems), [problem for problem in problems if problem]
