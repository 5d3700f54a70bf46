"""Messages between neighbours on a level: cells of one colour at a time, all faces in one go."""

from __future__ import annotations

from math import prod

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid.library import kernels
from phasefield.engines.compiled.multigrid.parts import Parts

#: Messages are told from others on the same communicator by tags from here on.
FIRST_TAG = 4200


class Halo:
    """Ghost cells of a part of a grid.

    Only faces: seven-point stencils do not look round corners.

    Parameters
    ----------
    parts : Parts
    comm : MPI.Comm or None
        None: there are no other parts.

    Notes
    -----
    Requests are persistent, and a colour's messages are one piece of a buffer each, so an exchange is a copy out, a start,
    a wait and a copy in.
    """

    def __init__(self, parts: Parts, comm):
        self.colours, self.faces = [], []
        if comm is None or comm.size == 1:
            return
        self.faces = [
            (axis, side, there)
            for axis in range(len(parts.shape))
            for side in (-1, 1)
            if (there := parts.neighbour(axis, side)) is not None
        ]
        self.shape = tuple(n + 2 for n in parts.shape)
        self.comm = comm
        for colour in (0, 1):
            self.colours.append(_Messages(self, parts, colour))

    def nbytes(self) -> int:
        """Memory of tables and buffers [B]."""
        return sum(a.nbytes for c in self.colours for a in (c.out, c.into, c.mine, c.ghosts))

    def exchange(self, flat, colour: int) -> None:
        """Renew the ghosts of one colour of an array (rows, x). Collective."""
        if self.faces:
            flat = flat.reshape(-1)
            c = self.colours[colour]
            kernels().pack(flat, c.mine, c.out)
            c.send()
            kernels().unpack(flat, c.ghosts, c.into)

    def exchange_matrix(self, a) -> None:
        """Renew what a coarse level is made of: neighbours' conductances that lead away from the face. Collective."""
        for c in self.colours if self.faces else ():
            for (axis, side, _), piece in zip(self.faces, c.out_pieces, strict=True):
                away = 2 * axis + (side < 0)  # of mine, seen from there
                c.out[piece] = a[self._places(c.mine[piece], away)]
            c.send()
            for (axis, side, _), piece in zip(self.faces, c.into_pieces, strict=True):
                a[self._places(c.ghosts[piece], 2 * axis + (side > 0))] = c.into[piece]

    def _places(self, cells, k):
        """Places of a conductance of cells in a matrix."""
        r, x = np.divmod(cells, self.shape[0])
        return r, x & 1, k, x >> 1


class _Messages:
    """Those of one colour."""

    def __init__(self, halo: Halo, parts: Parts, colour: int):
        numbers = np.arange(prod(halo.shape), dtype=np.int32).reshape(halo.shape[::-1])
        colours = sum(np.indices(numbers.shape)) + sum(parts.start) - len(parts.shape)
        mine, ghosts = [], []
        for axis, side, _ in halo.faces:
            for layer, out in ((1 if side < 0 else -2, mine), (0 if side < 0 else -1, ghosts)):
                where = [slice(1, -1)] * numbers.ndim
                where[-1 - axis] = layer
                face = tuple(where)
                out.append(numbers[face][colours[face] % 2 == colour].ravel())
        self.mine, self.ghosts = np.concatenate(mine), np.concatenate(ghosts)
        self.out, self.into = np.empty(len(self.mine), np.float32), np.empty(len(self.ghosts), np.float32)
        self.out_pieces, self.into_pieces = _pieces(mine), _pieces(ghosts)
        self.requests = []
        for (axis, side, there), out, into in zip(halo.faces, self.out_pieces, self.into_pieces, strict=True):
            tag = FIRST_TAG + 2 * axis
            self.requests.append(halo.comm.Send_init(self.out[out], there, tag + (side > 0)))
            self.requests.append(halo.comm.Recv_init(self.into[into], there, tag + (side < 0)))

    def send(self) -> None:
        """Send and receive."""
        MPI.Prequest.Startall(self.requests)
        MPI.Prequest.Waitall(self.requests)


def _pieces(lists) -> list[slice]:
    ends = np.cumsum([0, *map(len, lists)])
    return [slice(int(a), int(b)) for a, b in zip(ends, ends[1:], strict=False)]
