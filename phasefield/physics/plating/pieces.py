"""Pieces of lithium without contact to the collector; record 035."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

#: Distance in widths, along the axes, up to which the diffuse surface of a piece belongs to it; ξ is 1e-5 there.
NEAR = 6.0
#: Gap in widths to the collector, along the axes, that counts as contact: it is not resolved.
CONTACT = 1.0
#: Largest ξ of a piece that counts: less is thinner than half a width, and not resolved either.
CORE = 0.7


def isolated(ξ, grid) -> np.ndarray:
    """Pieces of lithium (ξ ≥ ½) that are not connected to the bottom, with their diffuse surfaces. Collective.

    Parameters
    ----------
    ξ : ndarray
        In the cells that a rank holds.
    grid : phasefield.engines.grid.Grid or phasefield.engines.unstructured.CellGrid

    Returns
    -------
    ndarray of int
        The piece that each cell held belongs to, numbered from 1; 0 far from pieces, and nearer to connected lithium or
        the collector.
    """
    metal, nowhere = ξ >= 0.5, np.zeros(ξ.shape, int)
    if not largest(grid.pieces(metal), grid):
        return nowhere
    bottom = np.zeros(ξ.shape, bool)
    if grid.box.touches("bottom"):
        bottom[grid.box.at_end("bottom")] = True
    touching = grid.spread(bottom, bottom, math.ceil(CONTACT / grid.finest)) > 0
    pieces = grid.pieces(metal | touching)
    if not (number := largest(pieces, grid)):
        return nowhere
    resolved = grid.sums(grid.box.own(ξ) >= CORE, pieces, number) > 0
    pieces = np.append(0, np.cumsum(resolved) * resolved)[pieces]
    return grid.spread(pieces, metal | bottom, math.ceil(NEAR / grid.finest)) if resolved.any() else nowhere


def largest(numbers, grid) -> int:
    """Largest of some numbers from 0 on. Collective."""
    return grid.comm.allreduce(int(numbers.max(initial=0)), MPI.MAX)


def potential_around(fields) -> tuple[np.ndarray, np.ndarray]:
    """Potentials to which a piece can float, and the weight of each cell: its mean is exact if all currents are small.

    Parameters
    ----------
    fields : dict of ndarray
        Present fields by name.
    """
    part = np.clip(fields["xi"], 0.0, 1.0)
    return fields["phi"], part * (1 - part)
