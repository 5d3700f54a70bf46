"""The error of time steps with default settings: 0.3 % of what the tip has grown, and of the roughness."""

from pathlib import Path

import numpy as np
import pytest

from phasefield.run import runner

INPUTS = Path(__file__).parents[2] / "inputs"


def grown(deck, end, place, *overrides):
    """Growth of the tip and roughness at the end [m], and the longest step [s]."""
    history = runner.run(
        INPUTS / f"{deck}.toml", place, overrides=[f"stop.time={end} s", "output.snapshots=2", *overrides]
    ).history
    tip = history["Tip height [m]"]
    return tip[-1] - tip[0], history["Roughness [m]"][-1], np.max(history["Time step [s]"])


@pytest.mark.parametrize(("deck", "end"), [("plating_uncoated", 400), ("plating_binary", 10)])
def test_second_order(deck, end, tmp_path):
    """Against steps of a quarter of the length; the error of the tip is at most 0.6 of that with implicit Euler."""
    *found, longest = grown(deck, end, tmp_path / "second")
    fine = [f"time.max_step={longest / 4} s", f"time.initial_step={longest / 40} s"]
    *exact, _ = grown(deck, end, tmp_path / "fine", *fine)
    *first, _ = grown(deck, end, tmp_path / "first", "time.method=implicit-euler", "time.tolerance=1e-2")
    assert found == pytest.approx(exact, rel=0.003)
    assert abs(found[0] - exact[0]) < 0.6 * abs(first[0] - exact[0])
