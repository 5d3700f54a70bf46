"""What is computed slab by slab is what it is on the whole, and what is freed or idle is used again."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.engines import box as boxes
from phasefield.engines.compiled.room import Room
from phasefield.engines.grid import Grid
from phasefield.engines.stepping import NewtonEngine
from phasefield.io import checksum
from phasefield.physics.common.diagnostics import area_ratio, height_map

SHAPES = [(7,), (5, 9), (4, 5, 11)]


@pytest.fixture(params=[1, 45, 1 << 15], ids=["layers", "pairs", "whole"])
def slab(request, monkeypatch):
    """Cells of a slab: a layer each, a few, or all."""
    monkeypatch.setattr(boxes, "SLAB", request.param)
    return request.param


def graded(shape):
    """A grid whose cells differ along the height, and a rough field on it."""
    grid = Grid(shape, [0.5] * (len(shape) - 1) + [[0.4 + 0.05 * k for k in range(shape[-1])]])
    return grid, np.random.default_rng(3).random(shape[::-1])


@pytest.mark.parametrize("shape", SHAPES)
def test_slabs_are_all_layers_once(slab, shape):
    box = graded(shape)[0].box
    layers = [k for at in box.slabs() for k in range(shape[-1])[at]]
    assert layers == list(range(shape[-1]))
    assert len(box.slabs()) == shape[-1] or slab > 1
    assert np.array_equal(np.concatenate([box.numbers(at) for at in box.slabs()]), np.arange(np.prod(shape)))


@pytest.mark.parametrize("shape", SHAPES)
def test_integrals(slab, shape):
    """∫f and ∫f² per cross-section; to round-off of sums."""
    grid, f = graded(shape)
    h = np.array(grid.box.spacing[-1]).reshape(-1, *[1] * (len(shape) - 1))
    expected = [(g * h).sum() / np.prod(shape[:-1]) for g in (f, f**2)]
    assert grid.integrals(lambda at: [f[at], f[at] ** 2]) == pytest.approx(expected, rel=1e-13)
    assert grid.integral(f) == pytest.approx(expected[0], rel=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_of_layers(slab, shape):
    """Half the difference of a cell's neighbours over its size, mirrored at the ends; the same bits on any slab."""
    grid, f = graded(shape)
    engine = SimpleNamespace(box=grid.box, ghosted=lambda name: f)
    found = [NewtonEngine.gradient(engine, "f", at) for at in grid.box.slabs()]
    z = np.pad(f, [(1, 1)] + [(0, 0)] * (len(shape) - 1), "edge")
    h = np.array(grid.box.spacing[-1]).reshape(-1, *[1] * (len(shape) - 1))
    along = np.concatenate(found, axis=1)
    np.testing.assert_allclose(along[-1], 0.5 * (z[2:] - z[:-2]) / h, rtol=1e-12, atol=1e-15)
    assert np.array_equal(along, NewtonEngine.gradient(engine, "f"))


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_shape_of_the_front(slab, shape):
    """A flat front has the area 1 and its height in each column, wherever a slab ends."""
    grid, _ = graded(shape)
    for height in (1.3, 2.15, 3.4):
        z = grid.box.centres()[-1]
        xi = np.broadcast_to(0.5 * (1 - np.tanh((z - height) / 0.3)), shape[::-1])
        assert height_map(xi, grid) == pytest.approx(np.full(shape[-2::-1], height), abs=1e-9)
        assert area_ratio(xi, grid) == pytest.approx(xi[0].mean() - xi[-1].mean(), abs=1e-12)


def test_checksum_of_slabs(slab):
    grid, f = graded((4, 5, 11))
    parts = [checksum.of_cells(f[at], grid.box.numbers(at)) for at in grid.box.slabs()]
    assert sum(parts) % 2**64 == checksum.of_cells(f)


def test_room_is_handed_out_once():
    memory = np.zeros(10)
    room = Room(memory)
    first, second, third = room.array(4, float), room.array(12, np.float32), room.array(1, float)
    first[:], second[:], third[:] = 1.0, 2.0, 3.0
    assert np.all(memory[:4] == 1.0) and np.all(memory[4:].view(np.float32) == 2.0)
    assert np.shares_memory(second, memory) and not np.shares_memory(third, memory)


FREED = """
import re
import numpy as np
from phasefield.engines.grid import Grid  # loads PETSc
from phasefield.engines.allocator import give_back

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1000

give_back()
before = resident()
held = [np.ones(10**6) for _ in range(40)]
most = resident()
held.clear()
print(before, most, resident())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what is resident")
def test_freed_memory_goes_back():
    """40 arrays of 8 MB, freed: less than a tenth remains, although a library of PETSc asks for the contrary."""
    done = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)
    before, most, after = map(float, done.stdout.split())
    assert most - before > 300 and after - before < 30
