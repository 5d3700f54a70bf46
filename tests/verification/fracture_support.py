"""Cracks with known pressures, written independently of the program; run on some ranks, it prints numbers of them."""

from __future__ import annotations

import json

import numpy as np
from scipy.optimize import brentq

#: With E' = E/(1 − ν²) = 1; G_c and the half-length of the cracks are 1 as well.
POISSON = 0.26
YOUNG = 1 - POISSON**2
LAME, SHEAR = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON)), YOUNG / (2 + 2 * POISSON)


class Row:
    """Cracks of half-length a in a row at distances 2W under a pressure inside (Tada, Paris, Irwin, 7.1).

    K = p √(2W tan(πa/2W)), volume of each 16 W² p/(πE') ln sec(πa/2W). Further rows, which the ends of a box of height
    2W with no mean stress add, change the stress by exp(−2π).
    """

    def __init__(self, width):
        self.width = width

    def volume(self, a):
        """Per pressure, of one crack."""
        return -16 * self.width**2 / np.pi * np.log(np.cos(0.5 * np.pi * a / self.width))

    def critical(self, a):
        return 1 / np.sqrt(2 * self.width * np.tan(0.5 * np.pi * a / self.width))

    def holding(self, volume):
        """Half-length at which a growing crack of this volume is in equilibrium."""
        return brentq(lambda a: self.critical(a) * self.volume(a) - volume, 1e-3, 0.95 * self.width)


def penny(volume):
    """Radius and pressure of a growing penny crack: K = 2p√(a/π), volume 16 p a³/3E' (Sneddon 1946)."""
    a = (volume / (16 / 3 * np.sqrt(np.pi / 4))) ** 0.4
    return a, np.sqrt(np.pi / (4 * a))


def row(shape, axis=-1, cells=5, centred=False):
    """A row of broken cells in the middle of an array, from one end, or of the middle of the row."""
    broken = np.zeros(shape, bool)
    first = (shape[axis] - cells) // 2 if centred else 0
    broken[(shape[0] // 2, slice(first, first + cells))] = True
    return broken


def numbers():
    """Damage, pressure and stress of a pressurised crack that has grown, in 1-D to 3-D, on all ranks."""
    from mpi4py import MPI

    from phasefield.engines.grid import Grid
    from phasefield.mechanics import FIXED, End, Filling, Fracture

    comm, out = MPI.COMM_WORLD, {}
    for shape, broken, content in (
        ((25,), np.arange(25) == 11, 0.8),
        ((18, 25), row((25, 18), cells=6), 2.0),
        ((9, 10, 11), row((11, 10, 9), cells=5) & (np.arange(10)[:, None] < 6), 0.6),
    ):
        grid = Grid(shape, [0.2] * len(shape), comm)
        place, ends = grid.box.place, [FIXED] * (len(shape) - 1) + [End(pressure=0.02)]
        fracture = Fracture(grid, ends, LAME, SHEAR, 1.0, 0.4)
        found = fracture.seeded(broken[place])
        found = fracture.solve(found, Filling(content=content))
        cells = [found.damage, *found.normal, *found.shear.values(), *found.displacements]
        whole = [grid.whole(values) for values in cells]
        sums = [found.pressure, found.volume, found.elastic, found.surface, fracture.area(found.damage)]
        if comm.rank == 0:
            out[str(shape)] = [[*np.ravel(values)[::7]] for values in whole] + [sums, [found.sweeps]]
    return out


if __name__ == "__main__":
    from mpi4py import MPI

    result = numbers()
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(result))
