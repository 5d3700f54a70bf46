r"""The interphase without an interface energy: a degree of reaction, whose front is a cell or two of the mesh.

.. math:: \partial_t\psi = k_r\,|\nabla\psi^2|_{up}\,u

stands in for equation (1) of :mod:`phasefield.physics.interphase.model`; (2), (3) and all that is said there of
carriers, coatings and tunnelling are as they are. ψ is the part of a cell that has reacted. It grows from its
neighbours only: the slope takes along each axis the steeper of the two that rise towards a neighbour (Godunov's scheme
for a front that moves along its normal: S. Osher, J. A. Sethian, J. Comput. Phys. 79 (1988) 12,
doi:10.1016/0021-9991(88)90002-2). ∫|∇ψ²| is 1 across any front, so product forms at k_r u per area; of ψ² rather than
ψ, because its front is a shock that stays sharp where reaction limits, too. Where transport limits, V holds the
reaction to the first cell.

Carriers reach the middle of a front's cell through product: its conductivities are those of the most reacted neighbour.
The ½ to 1½ cells of product that they really cross, as the cell fills, are so replaced by their mean. A layer may be
much thinner than a cell, as under a good coating. What neighbours have reacted is taken from the prediction that a time
step starts from: the equations of a step are so nearly linear.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from fipy import DiffusionTerm, TransientTerm

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.model import LaggedField
from phasefield.physics.interphase.model import Interphase


class ReactionDegree(Interphase):
    """As :class:`Interphase`, without its parameters ``mobility`` and ``capillarity``."""

    auxiliary: tuple[LaggedField, ...] = (
        LaggedField("reached", lambda fields, box: reached(fields["psi"], box)),
        LaggedField("oblique", lambda fields, box: obliqueness(fields["psi"], box)),
    )

    def equations(self, v, dt):
        ψ, cell, charge = v.psi, self.p.cell, self.charge(v)
        source = v.oblique * (v.reached**2 - ψ**2) / cell * self.reaction_rate(v)
        self.sources = {"S": source}
        ions = DiffusionTerm(self.face_conductivity(v, "ionic"), var=v.phi_i) + v.inflow.phi_i
        electrons = DiffusionTerm(self.face_conductivity(v, "electronic"), var=v.phi_e) + v.inflow.phi_e
        return {
            "psi": TransientTerm(var=ψ) == linearize(source, ψ, v.phi_i, v.phi_e),
            "phi_i": ions == TransientTerm(charge, var=ψ),
            "phi_e": electrons == TransientTerm(-1.0 * charge, var=ψ),
        }

    def charge(self, v):
        """Lithium that a cell takes up as it reacts, over that of a cell of the product."""
        return 1.0

    power = 0.5

    def resistance(self, v):
        """Zero: the front has no width that could lack resistance."""
        return 0.0

    def conductivity(self, v, carrier):
        """σ of a carrier in each cell, on the path to the front."""
        return super().conductivity(SimpleNamespace(**vars(v) | {"psi": v.reached}), carrier)


def reached(ψ, box):
    """ψ of a cell's most reacted neighbour, or its own if that is larger."""
    return np.max([np.clip(ψ, 0.0, 1.0), *around(ψ, box)], axis=0)


def around(ψ, box):
    """ψ, limited to [0, 1], of each cell's neighbours: the cell itself where the grid ends, 1 in the electrode below.

    Yields an array for the lower and one for the upper neighbour along each axis, the last first.
    """
    ψ = np.clip(ψ, 0.0, 1.0)
    for axis in range(ψ.ndim):
        lower, upper = (np.roll(ψ, shift, axis) for shift in (1, -1))
        lower[first(axis)], upper[last(axis)] = ψ[first(axis)], ψ[last(axis)]
        if axis == 0 and box.touches("bottom"):
            lower[0] = 1.0
        yield from (lower, upper)


def first(axis: int):
    """Index of the first cells along an axis."""
    return (slice(None),) * axis + (0,)


def last(axis: int):
    """Index of the last cells along an axis."""
    return (slice(None),) * axis + (-1,)


def obliqueness(ψ, box):
    """|∇ψ²| over its largest component, from the neighbours that have reacted more."""
    ψ_here = np.clip(ψ, 0.0, 1.0)
    rises = [np.maximum(near**2 - ψ_here**2, 0.0) for near in around(ψ, box)]
    slopes = np.maximum(rises[::2], rises[1::2])
    return np.sqrt((slopes**2).sum(axis=0)) / np.maximum(slopes.max(axis=0), 1e-30)
