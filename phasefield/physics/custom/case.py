"""From a general deck to its model and measurements."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.physics.common.case import Undriven
from phasefield.physics.common.model import Model
from phasefield.physics.common.scales import Scales
from phasefield.physics.custom.deck import CustomDeck
from phasefield.physics.custom.record import CustomRecord

#: First step if the deck gives none, as a part of the planned time; it then grows as far as the error allows.
FIRST_STEP = 1e-4


@dataclass(frozen=True)
class CustomCase(Undriven):
    """A model of another package or of a script, ready to run.

    Attributes
    ----------
    deck : CustomDeck
    scales : Scales
    model : Model
    spacing : tuple of float [1]
        Cell sizes in the model's length.
    first_step : float [1]
    """

    deck: CustomDeck
    scales: Scales
    model: Model
    spacing: tuple[float, ...]
    first_step: float

    def record(self, engine):
        """The measurements of the model."""
        return CustomRecord(engine, self)


def build(deck: CustomDeck) -> CustomCase:
    """The case of a validated deck."""
    model = deck.physics
    scales = Scales(length=model.length_scale, time=model.time_scale)
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    return CustomCase(deck, scales, model, spacing, FIRST_STEP * deck.stop.time / scales.time)
