"""What every test runs under: one thread per process, and MPI jobs that share two cores in peace.

And what all tests together show: a table of what is promised of long runs, how often that was tried, how often it held.
"""

import gc
import os

import pytest

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # More ranks than cores, side by side with other tests: never pin ranks to cores, and yield while waiting.
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    # The same for Open MPI 5, whose launcher is PRRTE.
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
if os.geteuid() == 0:  # containers and CI
    ENVIRONMENT |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

os.environ.update(ENVIRONMENT)  # before anything imports NumPy or MPI

# A worker holds a million objects, and looking through them again and again is a tenth of the time of compiling kernels
gc.set_threshold(50_000, 20, 50)

PROMISE = "promise"


def pytest_collection_modifyitems(items):
    """A test marked ``promise(text)`` is one attempt. Its report carries that, through workers of pytest-xdist too."""
    for item in items:
        item.user_properties += [(PROMISE, (marker.args[0], 1, None)) for marker in item.iter_markers(PROMISE)]


@pytest.fixture
def kept(record_property):
    """Tell of a promise how often it was tried in this test and how often it held."""
    return lambda promise, tried, held: record_property(PROMISE, (promise, tried, held))


def _promises(report):
    """The promises of a report; empty for a file that cannot be imported."""
    return [value for name, value in getattr(report, "user_properties", ()) if name == PROMISE]


def pytest_terminal_summary(terminalreporter):
    """Print the table."""
    rows: dict[str, list[int]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            for promise, tried, held in _promises(report):
                if report.when == "call" or outcome == "error":
                    row = rows.setdefault(promise, [0, 0])
                    row[0] += tried
                    row[1] += (outcome == "passed") * tried if held is None else held
    if rows:
        terminalreporter.section("promises")
        terminalreporter.line("| promise | tried | held |\n| --- | --- | --- |")
        for promise, (tried, held) in rows.items():
            terminalreporter.line(f"| {promise} | {tried} | {held} |")
