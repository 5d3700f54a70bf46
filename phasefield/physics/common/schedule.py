"""The drive of a deck, in a model's units."""

from __future__ import annotations

from phasefield.deck.base import given
from phasefield.deck.common import DrivenDeck
from phasefield.deck.drive import DriveStep
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.scales import ElectricScales


def segments(deck: DrivenDeck, scales: ElectricScales) -> tuple[Segment, ...]:
    """The drive of a deck, cycles unrolled; a rest is a galvanostatic step without current."""

    def segment(step: DriveStep) -> Segment:
        galvanostatic = step.mode != "potentiostatic"
        value = (
            (step.current_density or 0.0) / scales.current
            if galvanostatic
            else given(step.voltage) / scales.potential
        )
        return Segment(galvanostatic, value)

    return tuple(segment(planned.step) for planned in deck.drive.unrolled())
