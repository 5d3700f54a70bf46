r"""An interphase whose product strains the solid until it cracks; cracks conduct, so that growth goes on faster.

Equations (1) to (3) are those of :mod:`phasefield.physics.interphase.model`, with conductivities of product and
electrolyte that are, in a crack, those of what the crack contains:

.. math::

   \sigma_{i,e} &\to \sigma_{i,e}\,[1 + m\,(\sigma^{crack}_{i,e}/\sigma^{product}_{i,e} - 1)]          &(4)\\
   \partial_t d &= 0                                                                              &(5)

m(d) is 1 in the cells of a crack, and 0 in those beside it. After each step the damage d follows from the strain that
the product has by then (:mod:`phasefield.physics.interphase.fracture`). What a crack contains is not modelled: its
conductivities are given, those of a cell that is as wide as the mesh, and it takes up no lithium.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy import TransientTerm

from phasefield.physics.common.model import Field, LaggedField
from phasefield.physics.interphase.model import CARRIERS, Conductor, Interphase


@dataclass(frozen=True)
class Cracks:
    """What cracks do, dimensionless.

    Attributes
    ----------
    content : Conductor
        Conductivities of the cells of a crack.
    flank : float
        Damage of the cells beside a crack.
    grow : callable
        ``grow(damage, psi, coating, grid) -> ndarray`` of cells owned: the damage after a step. Collective.
    """

    content: Conductor
    flank: float
    grow: Any

    def broken(self, damage):
        """m: 1 in a crack, 0 from the next cell on."""
        return np.clip((damage - self.flank) / (1 - self.flank), 0.0, 1.0)


class CrackedInterphase(Interphase):
    """As :class:`Interphase`, with damage.

    Parameters
    ----------
    cracks : Cracks
    *parameters
        Parameters of :class:`phasefield.physics.interphase.model.Interphase`; the fields end with :func:`damage`.
    """

    def __init__(self, cracks: Cracks, *parameters):
        super().__init__(*parameters)
        self.cracks = cracks
        self.auxiliary += tuple(self._conduit(carrier) for carrier in CARRIERS)

    def equations(self, v, dt):
        return super().equations(v, dt) | {"d": TransientTerm(var=v.d) == 0.0}  # (5)

    def factor(self, v, carrier):
        return super().factor(v, carrier) * getattr(v, f"cracked_{carrier}")  # (4)

    def refresh(self, state, dt, iteration):
        """Let the damage follow the product, once a step has converged."""
        super().refresh(state, dt, iteration)
        if iteration:
            return
        box = state.box
        coating = box.own(state.fixed["coating"]) if self.p.coating else np.zeros(box.owned_shape)
        found = self.cracks.grow(box.own(state.now["d"]), box.own(state.now["psi"]), coating, state.grid)
        box.own(state.now["d"])[...] = found
        state.grid.renew(state.now["d"])

    def _conduit(self, carrier: str) -> LaggedField:
        ratio = getattr(self.cracks.content, carrier) / getattr(self.p.product, carrier)

        def values(fields: Mapping[str, np.ndarray], box) -> np.ndarray:
            return 1 + self.cracks.broken(fields["d"]) * (ratio - 1)

        return LaggedField(f"cracked_{carrier}", values)


def damage() -> Field:
    """The field of the damage, intact at the start."""
    return Field("d", "Damage", "1", lambda x: 0 * x[-1], lower=-1e-9, upper=1 + 1e-9, tolerance=1e-6)


@dataclass
class NewStart:
    """An observer of steps: after one in which a crack has grown, the next starts from the state as it is.

    The fields jump when conductivities do, and BDF2 would let the damage go on by itself.
    """

    engine: Any

    def __call__(self, progress) -> None:
        state = self.engine.state
        grown = self.engine.grid.comm.allreduce(float(np.sum(state.now["d"] - state.old["d"]))) > 0
        if grown:
            state.extrapolates = False

    def state(self):
        """Nothing."""
        return {}

    def restore(self, state) -> None:
        """Nothing."""
