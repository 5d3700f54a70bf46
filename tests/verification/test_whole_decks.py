"""Decks of plating run to their end: neither steps nor balances collapse at tips, pinholes or crevices."""

import json
from pathlib import Path

import numpy as np
import pytest

from phasefield.run import runner
from tests.slow import slow

INPUTS = Path(__file__).parents[2] / "inputs"
TIP, TIME = "planned tip height reached", "end of the planned time"
CUT_OFF = "end of the drive: voltage of 1 V reached"
SHORT = "short circuit: lithium connects the electrodes"


@pytest.mark.parametrize(
    "name, end",
    [
        ("plating_coated", TIP),
        slow("plating_uncoated", TIP),
        slow("plating_film", TIME),
        slow("plating_pulse", TIME),
        slow("plating_grains", SHORT),
        slow("plating_binary", TIME),
        slow("plating_curved", TIME),
        slow("symmetric_cell", TIME),
        slow("plating_cc_cv", "end of the drive"),
        slow("dendrite_uncoated", TIP),
        slow("dendrite_coated", TIP),
        slow("dead_lithium_uncoated", CUT_OFF),
        slow("dead_lithium_coated", CUT_OFF),
    ],
)
def test_runs_to_its_end(name, end, tmp_path):
    """No step is shorter than a thousandth of the longest; charge closes to 1e-7 of what passed."""
    run = runner.run(INPUTS / f"{name}.toml", tmp_path / "run")
    history = run.history
    assert json.loads((tmp_path / "run/status.json").read_text())["reason"] == end
    steps = history["Time step [s]"][2:-1]  # the last ones meet the end
    assert steps.min() > 1e-3 * steps.max()
    assert np.abs(history["Charge closure [1]"]).max() < 1e-7
    assert history["Rejected steps [1]"][-1] <= 0.05 * history.rows
