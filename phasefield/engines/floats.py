"""Numbers of groups of cells as further unknowns of Newton's method; record 035."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mpi4py import MPI

if TYPE_CHECKING:
    from phasefield.engines.stepping import NewtonEngine

#: Change of a number by which the response of the fields to it is measured.
PROBE = 1e-2
#: Change of a number after which the responses are measured again.
FAR = 0.1


class Floats:
    """The numbers that a model declares as :class:`phasefield.physics.common.model.Floating`.

    Newton's equations of fields x and numbers u are J x + (∂F/∂u) u = −F, and that no group's content changes. An
    iteration of the engine, at given numbers, finds x₀ with J x₀ = −F. Another with the k-th number changed by `PROBE`
    gives the response w_k = −J⁻¹ ∂F/∂u_k. The update is then x₀ + Σ w_k u_k, with u from as many equations as there are
    numbers: the rate of change of the content of each group, which is linear in the fields, is zero, to round-off.

    Parameters
    ----------
    engine : NewtonEngine

    Attributes
    ----------
    number : int
        Number of groups in the present step.
    numbers : ndarray
        The number of each.
    """

    def __init__(self, engine: NewtonEngine):
        self._engine, self._declared = engine, engine.model.floating
        self.number, self.numbers = 0, np.zeros(0)
        self._responses: list[list[np.ndarray]] = []

    def begin(self) -> None:
        """Find the groups of a step, and a first guess of their numbers. Collective."""
        self.number, self.numbers = 0, np.zeros(0)
        if (declared := self._declared) is None:
            return
        state, grid = self._engine.state, self._engine.grid
        self._groups = declared.groups(state.old[declared.content], grid)
        self.number = grid.comm.allreduce(int(self._groups.max(initial=0)), MPI.MAX)
        state.auxiliary[declared.group][...] = self._groups
        if self.number:
            values, weights = map(grid.box.own, declared.first(state.now))
            over, whole = (grid.sums(x, self._groups, self.number) for x in (values * weights, weights))
            self.numbers = np.divide(over, whole, out=np.zeros(self.number), where=whole > 0)
            self._change, self._responses = np.inf, []
            self._show(self.numbers)

    @property
    def settled(self) -> bool:
        """Whether the last change was within the tolerance."""
        return not self.number or self._change <= self._declared.tolerance * self._engine.profile.newton

    def follow(self, updates: list[np.ndarray]) -> tuple[int, int, list[np.ndarray], np.ndarray]:
        """From an update of the fields at fixed numbers, that with which the contents stay. Collective.

        Returns
        -------
        int, int
            As of the engine's iterations, for the responses that were measured.
        list of ndarray
            Updates of the fields.
        ndarray
            Updates of the numbers.
        """
        if not self.number:
            return 1, 0, updates, np.zeros(0)
        updates = [u.copy() for u in updates]  # an engine may return its own arrays
        reason, iterations = self._measure(updates) if self._change > FAR else (1, 0)
        if reason <= 0:
            return reason, iterations, updates, np.zeros(self.number)
        engine, name = self._engine, self._declared.content
        content = [f.name for f in engine.fields].index(name)
        gained = engine.owned(name) - engine.box.own(engine.state.origin[name]) + updates[content]
        slopes = np.stack([self._sums(response[content]) for response in self._responses], axis=1)
        change, missing = np.full(self.number, np.nan), -self._sums(gained)
        if np.isfinite(slopes).all() and np.isfinite(missing).all():  # else the verdict is that a field is not finite
            change = np.linalg.lstsq(slopes, missing, rcond=None)[0]  # 0 for a group that nothing reaches
        for amount, response in zip(change, self._responses, strict=True):
            updates = [u + amount * w for u, w in zip(updates, response, strict=True)]
        return reason, iterations, updates, change

    def move(self, change: np.ndarray) -> None:
        """Change the numbers."""
        if self.number:
            self.numbers, self._change = self.numbers + change, float(np.max(np.abs(change)))
            self._show(self.numbers)

    def _measure(self, updates: list[np.ndarray]) -> tuple[int, int]:
        """Find the response of the fields to each of the numbers."""
        engine, worst, total = self._engine, 1, 0
        searching, engine.searching = engine.searching, False
        self._responses = []
        for probe in PROBE * np.eye(self.number):
            self._show(self.numbers + probe)
            reason, iterations, changed = engine._solve_once()
            worst, total = min(worst, reason), total + iterations
            self._responses.append([(c - u) / PROBE for c, u in zip(changed, updates, strict=True)])
        self._show(self.numbers)
        engine.searching = searching
        return worst, total

    def _sums(self, values) -> np.ndarray:
        return self._engine.grid.sums(values, self._groups, self.number)

    def _show(self, numbers: np.ndarray) -> None:
        self._engine.state.auxiliary[self._declared.name][...] = np.append(0.0, numbers)[self._groups]
        self._engine.renumbered()
