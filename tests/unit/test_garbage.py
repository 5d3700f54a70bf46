"""Python searches for garbage again after start-up, and in what was made there only if it is no module."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from phasefield.run import garbage

DECK = Path(__file__).parents[2] / "inputs" / "plating_binary.toml"
#: One cycle that nothing refers to, from the start-up of each kind.
PROGRAM = """
import gc, weakref
from phasefield.run import garbage

class Knot:
    def __init__(self):
        self.self = self

def dropped(context, module):
    with context():
        if module:
            __import__(module)
        knot = weakref.ref(Knot())
    gc.collect()
    return knot() is None

print(dropped(garbage.left, "wave"), dropped(garbage.importing, ""), dropped(garbage.importing, "json"),
      dropped(garbage.importing, "json"))
"""


def test_no_search_meanwhile_and_one_later_as_before():
    for searching in (True, False):
        (gc.enable if searching else gc.disable)()
        try:
            with pytest.raises(ZeroDivisionError), garbage.left():
                assert not gc.isenabled()
                1 / 0  # noqa: B018
            assert gc.isenabled() == searching
        finally:
            gc.enable()


def test_what_was_there_at_the_first_import_is_passed_over_once():
    """And nothing else: garbage of a second run in the same process is found."""
    out = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["True", "True", "False", "True"]


def test_check_needs_no_engine():
    slow = "fipy mpi4py petsc4py numba sympy scipy.linalg scipy.optimize matplotlib".split()
    code = f"""
import atexit, sys, phasefield.cli
atexit.register(lambda: print([m for m in {slow} if m in sys.modules]))
phasefield.cli.main(["check", {str(DECK)!r}])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 0
    assert found.stdout.splitlines()[-1] == "[]"
