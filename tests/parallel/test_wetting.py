"""A wetting deck with a layer that yields, and one that does not, on 1, 2 and 3 ranks."""

import pytest

from phasefield.io.rundir import open_run
from tests.parallel.pool import on_ranks
from tests.parallel.test_runs import differences

#: The strict profile's bar, as in test_runs.
STRICT = 1e-8

DECK = """
model = "wetting"
[domain]
dimension = 2
size = ["120 nm", "200 nm"]
cells = [12, 20]
[interface]
width = "40 nm"
mobility = "1e-15 m^2/s"
[energies]
lithium_layer = "0.4 J/m^2"
layer_surroundings = "0.6 J/m^2"
[layer]
thickness = "60 nm"
[lithium]
seeds = [{ position = ["0 nm"], radius = "60 nm" }]
current_density = "20 A/m^2"
[stop]
time = "0.05 s"
[output]
snapshots = 2
[solver]
profile = "strict"
"""

RUN = """
import sys
from phasefield.run.runner import run
for rigid in ("true", "false"):
    run("deck.toml", f"{rigid}-{sys.argv[1]}", overrides=[f"layer.rigid={rigid}"])
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The run of a layer that is rigid or not, on some ranks, on which both run when one is asked for."""
    folder = tmp_path_factory.mktemp("wetting")
    (folder / "deck.toml").write_text(DECK)
    (folder / "run.py").write_text(RUN)
    done = set()

    def runs(rigid, ranks):
        if ranks not in done:
            result = on_ranks(ranks, [folder / "run.py", str(ranks)], cwd=folder, timeout=120)
            assert result.returncode == 0, result.stdout
            done.add(ranks)
        return open_run(folder / f"{rigid}-{ranks}")

    return runs


@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rigid", ["true", "false"])
def test_number_of_ranks_changes_nothing(runs, rigid, ranks):
    """History and final fields agree to 1e-8 of their own largest value; closures hold to 1e-8 on any number."""
    one, other = runs(rigid, 1), runs(rigid, ranks)
    assert one.history.rows == other.history.rows >= 3
    closures = {"Layer closure [1]", "Charge closure [1]"}
    for head in closures:
        assert other.history[head] == pytest.approx(0.0, abs=1e-8)
    too_far = {what: far for what, far in differences(one, other).items() if what not in closures and not far <= STRICT}
    assert not too_far
