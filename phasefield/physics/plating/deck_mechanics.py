"""Section of a deck for the stress of a solid electrolyte, and of the lithium that pushes it."""

from __future__ import annotations

from functools import partial

from pydantic import Field

from phasefield.deck.mechanics import Elastic, Stacked, with_materials


class PlatingMechanics(Stacked):
    electrolyte: Elastic = Field(description="Elastic constants of the electrolyte, a soft solid.")
    lithium: Elastic | None = Field(
        None, description='Elastic constants of the lithium; if not given, of the material "Li".'
    )

    @property
    def metal(self) -> Elastic:
        """Elastic constants of the lithium."""
        return self.lithium or Elastic.model_validate({"material": "Li"})


with_materials_of_plating = partial(with_materials, phases=("electrolyte", "lithium"))
