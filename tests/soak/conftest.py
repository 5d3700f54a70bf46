"""A table of what was promised, how often that was tried, and how often it held."""

import pytest

_LEDGER = pytest.StashKey[list]()


@pytest.fixture
def ledger(request):
    """Rows of the table: promise, tried, held."""
    return request.config.stash.setdefault(_LEDGER, [])


def pytest_terminal_summary(terminalreporter, config):
    """Print the table."""
    if rows := config.stash.get(_LEDGER, []):
        terminalreporter.section("promises")
        for row in [("promise", "tried", "held"), ("---", "---", "---"), *rows]:
            terminalreporter.line("| " + " | ".join(map(str, row)) + " |")
