"""The picture of a run's cycles: what it draws is what cycles.csv and history.csv say."""

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from phasefield.postprocess import render_runs
from phasefield.postprocess.cycles import bound, draw_cycles
from tests.unit.synthetic_run import write_run

HEADS = "Cycle,Time [s],Charge in [C/m2],Charge out [C/m2],Coulombic efficiency [1],Mean overpotential [V]"
ROWS = ["1,300,7200,3600,0.5,0.012", "2,900,7200,5400,0.75,0.015", "3,1100,3600,3600,1,nan"]


def cycled(path, rows):
    run = write_run(path, (24, 30), (12.0, 15.0), snapshots=2)
    (run / "cycles.csv").write_text("\n".join([HEADS, *ROWS[:rows], ""]))
    return open_run(run)


def drawn(axes):
    return [line.get_xydata() for line in axes.lines]


def test_lines_are_the_tables(tmp_path):
    """mV, mA/cm², mAh/cm² and per cent; a value that is not there makes a gap."""
    run = cycled(tmp_path / "three", 3)
    voltage, current, charge, efficiency, overpotential = draw_cycles([run]).axes
    time = run.history["Time [s]"] / 60
    np.testing.assert_allclose(drawn(voltage)[0], np.column_stack([time, run.history["Cell voltage [V]"] * 1e3]))
    np.testing.assert_allclose(drawn(current)[0], np.column_stack([time, run.history["Current density [A/m2]"] / 10]))
    np.testing.assert_allclose(drawn(charge), [[[1, 0.2], [2, 0.2], [3, 0.1]], [[1, 0.1], [2, 0.15], [3, 0.1]]])
    np.testing.assert_allclose(drawn(efficiency), [[[1, 50], [2, 75], [3, 100]]])
    np.testing.assert_allclose(drawn(overpotential), [[[1, 12], [2, 15], [3, np.nan]]])


def test_only_of_several_cycles(tmp_path):
    """One cycle needs no picture of its own; beside a run with three, only that is drawn."""
    one, three = cycled(tmp_path / "one", 1), cycled(tmp_path / "three", 3)
    assert draw_cycles([one]) is None
    assert len(draw_cycles([one, three]).axes[0].lines) == 1
    names = {path.name for path in render_runs([three.path], tmp_path / "pictures", movie=False)}
    assert names == {"three.png", "three_history.png", "three_cycles.png"}


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.05, 1.0), (0.5, 2.0), (0.95, 2.0), (0.9999, 9.0)])
def test_bound(share, value):
    """A value counts for the time since the one before: 1 s of 1, 9 s of 2, 10 ms of 9."""
    times, values = np.array([0.0, 1.0, 10.0, 10.01]), np.array([5.0, 1.0, 2.0, 9.0])
    assert bound(times, values, share) == value
