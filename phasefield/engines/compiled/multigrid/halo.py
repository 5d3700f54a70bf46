"""Messages between neighbours on a level: cells of one colour at a time, all faces together."""

from __future__ import annotations

import itertools
import weakref
from math import prod

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid.library import kernels
from phasefield.engines.compiled.multigrid.parts import Parts

#: First of the tags that distinguish these messages from others on the same communicator.
FIRST_TAG = 4200


class Halo:
    """Ghost cells of a part of a grid.

    Only faces are exchanged: the stencils contain direct neighbours only.

    Parameters
    ----------
    parts : Parts
    comm : MPI.Comm or None
        None if there are no other parts and no periodic axes.

    Notes
    -----
    Requests are persistent, and messages of a colour are pieces of one buffer: an exchange is a copy out, a start, a
    wait and a copy in.
    """

    def __init__(self, parts: Parts, comm):
        self.row, self.kernels = parts.shape[0] + 2, kernels(len(parts.shape))
        self.faces = [] if comm is None else _faces(parts)
        self.colours = [_Messages(self.faces, parts, comm, colour) for colour in (0, 1)] if self.faces else []

    def nbytes(self) -> int:
        """Memory of tables and buffers [B]."""
        return sum(a.nbytes for c in self.colours for a in (c.out, c.into, c.mine, c.ghosts, c.packed, c.unpacked))

    def exchange(self, flat, colour: int) -> None:
        """Update the ghost cells of one colour of a flat array, as `stencils` has them. Collective."""
        if self.faces:
            c = self.colours[colour]
            self.kernels.pack(flat, c.packed, c.out)
            c.send()
            self.kernels.unpack(flat, c.unpacked, c.into)

    def exchange_matrix(self, a) -> None:
        """Update the neighbours' conductances to and away from the face, for coarsening. Collective."""
        for c, away in itertools.product(self.colours, (0, 1)):
            for (axis, side, _), piece in zip(self.faces, c.out_pieces, strict=True):
                k = 2 * axis + (side < 0) ^ away
                self.kernels.matrix_faces(a, c.mine[piece], self.row, k, c.out[piece], False)
            c.send()
            for (axis, side, _), piece in zip(self.faces, c.into_pieces, strict=True):
                k = 2 * axis + (side > 0) ^ away
                self.kernels.matrix_faces(a, c.ghosts[piece], self.row, k, c.into[piece], True)


def _faces(parts: Parts) -> list[tuple[int, int, int]]:
    """Axis, side and rank of each neighbour."""
    sides = [(axis, side, parts.neighbour(axis, side)) for axis in range(len(parts.shape)) for side in (-1, 1)]
    return [(axis, side, there) for axis, side, there in sides if there is not None]


class _Messages:
    """Messages of one colour, face by face."""

    def __init__(self, faces, parts: Parts, comm, colour: int):
        mine = [_layer(parts, axis, 1 if side < 0 else -2, colour) for axis, side, _ in faces]
        ghosts = [
            _layer(parts, axis, 0 if side < 0 else -1, colour, parts.whole[axis] if parts.ends(axis, side) else 0)
            for axis, side, _ in faces
        ]
        self.mine, self.ghosts = np.concatenate(mine), np.concatenate(ghosts)
        self.packed, self.unpacked = (_split(cells, parts.shape[0] + 2) for cells in (self.mine, self.ghosts))
        self.out, self.into = np.empty(len(self.mine), np.float32), np.empty(len(self.ghosts), np.float32)
        self.out_pieces, self.into_pieces = _pieces(mine), _pieces(ghosts)
        self.requests = []
        for (axis, side, there), out, into in zip(faces, self.out_pieces, self.into_pieces, strict=True):
            tag = FIRST_TAG + 2 * axis
            self.requests.append(comm.Send_init(self.out[out], there, tag + (side > 0)))
            self.requests.append(comm.Recv_init(self.into[into], there, tag + (side < 0)))
        weakref.finalize(self, _free, self.requests).atexit = False  # MPI does so at its own end

    def send(self) -> None:
        """Send and receive."""
        MPI.Prequest.Startall(self.requests)
        MPI.Prequest.Waitall(self.requests)


def _free(requests) -> None:
    if not MPI.Is_finalized():
        for request in requests:
            request.Free()


def _layer(parts: Parts, axis: int, layer: int, colour: int, away: int = 0) -> np.ndarray:
    """Numbers of the cells of one colour of a layer across an axis, in an array with ghosts.

    Ghosts have the colours of the cells that they copy, so many cells `away` along a periodic axis.
    """
    shape = tuple(n + 2 for n in parts.shape[::-1])
    numbers = np.arange(prod(shape), dtype=np.int32).reshape(shape)
    where: list[slice | int] = [slice(1, -1)] * len(shape)
    where[-1 - axis] = layer
    chosen = numbers[tuple(where)].ravel()
    colours = np.sum(np.unravel_index(chosen, shape), axis=0) + sum(parts.start) - len(shape) + away
    return chosen[colours % 2 == colour]


def _split(cells: np.ndarray, row: int) -> np.ndarray:
    """Places of cells in arrays of `stencils`, from their numbers in rows of so many."""
    r, x = cells // row, cells % row
    return (2 * r + x % 2) * ((row + 1) // 2) + x // 2


def _pieces(lists) -> list[slice]:
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(np.cumsum([0, *map(len, lists)]))]
