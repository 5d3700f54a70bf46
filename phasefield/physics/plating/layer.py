"""An interphase of nanometres, computed in one dimension, as a film on lithium in a cell of micrometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phasefield.errors import StepError
from phasefield.physics.interphase.case import build
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.run.time_loop import Controller, march


@dataclass(frozen=True)
class GrowingLayer:
    """Resistance and lithium uptake of a flat interphase as functions of time, linear between its steps.

    Attributes
    ----------
    times : ndarray, shape (steps,) [s]
    resistance : ndarray, shape (steps,) [ohm m^2]
        Area-specific, to ions.
    lost : ndarray, shape (steps,) [C/m^2]
        Lithium that leaking electrons have bound in the layer since the start.
    """

    times: NDArray[np.float64]
    resistance: NDArray[np.float64]
    lost: NDArray[np.float64]

    def resistance_at(self, time: float) -> float:
        """Resistance [ohm m^2] at a time [s]."""
        return float(np.interp(time, self.times, self.resistance))

    def lost_at(self, time: float) -> float:
        """Lithium lost [C/m^2] at a time [s]."""
        return float(np.interp(time, self.times, self.lost))


def grow(deck: InterphaseDeck) -> GrowingLayer:
    """Run a one-dimensional interphase to its end. Collective.

    Parameters
    ----------
    deck : InterphaseDeck

    Raises
    ------
    StepError
        A time step failed for good.
    """
    case = build(deck)
    engine = case.engine()
    first = case.begin(0, engine)
    if not (verdict := engine.initialise(first)).accepted:
        raise StepError(f"the interphase of the film does not start: {verdict.reason}")
    record, rows = case.record(engine), []

    def note(progress):
        if progress.step:
            record.update(progress.dt)
        row = record.row(progress.time * case.scales.time)
        rows.append((progress.time * case.scales.time, row["Resistance"], row["Charge consumed"]))
        return case.stop_reason(row)

    controller = Controller(first, deck.time.tolerance, case.largest_step)
    march(engine, controller, case.ends, [note], deck.solver.max_rejections)
    return GrowingLayer(*np.array(rows).T)
