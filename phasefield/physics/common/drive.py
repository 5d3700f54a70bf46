"""What the cell is made to do, in the model's units: current or voltage, step after step."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.deck.base import given
from phasefield.deck.common import DrivenDeck
from phasefield.deck.operation import DriveStep
from phasefield.physics.common.scales import Scales


@dataclass(frozen=True)
class Segment:
    """One step of the drive, dimensionless.

    Attributes
    ----------
    galvanostatic : bool
        Whether ``value`` is a current density (plating positive) or the metal's potential against the
        counter electrode (plating negative).
    value : float [1]
    start, end : float [1]
    """

    galvanostatic: bool
    value: float
    start: float
    end: float


def segments(deck: DrivenDeck, scales: Scales) -> tuple[Segment, ...]:
    """The drive of a deck, cycles unrolled; a rest is a galvanostatic step without current."""

    def segment(start: float, end: float, step: DriveStep) -> Segment:
        galvanostatic = step.mode != "potentiostatic"
        value = (
            (step.current_density or 0.0) / scales.current
            if galvanostatic
            else given(step.voltage) / scales.potential
        )
        return Segment(galvanostatic, value, start / scales.time, end / scales.time)

    return tuple(segment(*scheduled) for scheduled in deck.schedule())
