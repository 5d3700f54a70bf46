"""What `make paraview` compares: a value, a time or a field that differs is found; pvpython itself is not needed."""

import copy

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from phasefield.postprocess.export import VECTOR
from tests.unit.synthetic_run import write_run
from tools.paraview.__main__ import wrong


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return open_run(write_run(tmp_path_factory.mktemp("run") / "plane", (6, 8), (30.0, 20.0), snapshots=2, holes=[]))


@pytest.fixture
def steps(run):
    """What ParaView should say."""
    found = []
    for time, snapshot in zip(run.times, run.snapshots, strict=True):
        ranges = {name: [[values.min(), values.max()]] for name, values in snapshot.fields.items()}
        ranges[VECTOR] = [list(ranges["ix"][0]), list(ranges["iy"][0]), [0.0, 0.0]]
        found.append({"time": time, "cells": int(np.prod(snapshot.shape)), "ranges": ranges})
    return found


def test_what_is_right(run, steps):
    assert wrong(run, steps, vector=True) == []


@pytest.mark.parametrize("change", ["value", "component", "field", "time", "cells"])
def test_what_is_wrong(run, steps, change):
    bad = copy.deepcopy(steps)
    if change == "value":
        bad[1]["ranges"]["phi"][0][1] *= 1.001
    elif change == "component":
        bad[0]["ranges"][VECTOR][1][0] += 1.0
    elif change == "field":
        del bad[1]["ranges"]["xi"]
    else:
        bad[1][change] += 1
    assert len(wrong(run, bad, vector=True)) == 1
