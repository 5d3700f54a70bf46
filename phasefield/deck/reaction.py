"""Sections of a deck for reactions: rate laws, a coating that is consumed, and the origin of products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from phasefield.deck.base import ActivationEnergy, ExchangeCurrentDensity, Section, Velocity
from phasefield.deck.phases import WINDOW, CoatingLayer, ReactionProduct, Stability
from phasefield.errors import PhasefieldError, Problem


class Reaction(Section):
    law: Literal["linear", "butler-volmer"] = Field(
        "linear", description="Law of the reaction rate against the driving force."
    )
    velocity: Velocity | None = Field(
        None,
        examples=["0.1 nm/s"],
        description="Velocity k_r of the front at 298.15 K if only the reaction limits it; linear only.",
    )
    exchange_current_density: ExchangeCurrentDensity | None = Field(
        None, description="Exchange current density of the reaction at 298.15 K; butler-volmer only."
    )
    activation_energy: ActivationEnergy = Field(
        "0 J/mol", description="Activation energy of `velocity` or `exchange_current_density`."
    )

    def problems(self) -> Iterator[Problem]:
        wanted = {"linear": "velocity", "butler-volmer": "exchange_current_density"}[self.law]
        for key in ("velocity", "exchange_current_density"):
            given = getattr(self, key) is not None
            if key == wanted and not given:
                yield Problem(key, f'is required when law = "{self.law}"')
            elif given and key != wanted:
                yield Problem(key, f'is not allowed with law = "{self.law}"')


class Consumption(Stability):
    """A coating that the electrode reduces or oxidises, from its own side on."""

    product: ReactionProduct = Field(
        description=(
            "Product that the coating turns into, at the same place; its `volume_per_lithium` is the volume of coating "
            "per mole of lithium."
        )
    )
    reaction: Reaction = Field(description="Reaction at the front between the coating and its product.")


class ConsumableCoating(CoatingLayer):
    """A coating that may be consumed."""

    consumption: Consumption | None = Field(
        None,
        description=(
            'Reaction by which the electrode consumes the coating; `closure = "degree-of-reaction"` only. The coating '
            "must then be a whole number of cells thick. Without this section the coating does not react."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _consumption_of_material(cls, data: Any) -> Any:
        """Fill in the coating's stability window and product from the library, unless the deck gives them."""
        if not isinstance(data, dict) or not isinstance(given := data.get("consumption"), dict):
            return data
        if (known := _material(data.get("material"))) is None:
            return data
        held = known.data()
        window = {key: f"{held[key].value!r} {unit}" for key, unit in WINDOW.items() if key in held}
        return data | {"consumption": window | _with_product(given, known)}


def _material(name: Any) -> Any:
    """A material of the library; None if there is none, which the section that names it reports."""
    from phasefield import materials  # here, since it imports the types of decks

    try:
        return materials.load(name) if isinstance(name, str) else None
    except PhasefieldError:
        return None


def _with_product(data: dict[str, Any], reactant: Any) -> dict[str, Any]:
    """A section with a ``product``; its material, unless given, is the one that forms from the reactant."""
    product = data.get("product", {})
    if not isinstance(product, dict) or "material" in product or not reactant.interphase:
        return data
    return data | {"product": {"material": reactant.interphase} | product}


def _product_of_the_electrolyte(data: Any) -> Any:
    """Fill in the product of an electrolyte from the library, unless the deck names another."""
    if not isinstance(data, dict) or not isinstance(electrolyte := data.get("electrolyte"), dict):
        return data
    known = _material(electrolyte.get("material"))
    return _with_product(data, known) if known else data


#: Validator of a deck whose ``product`` may be left to the material of its ``electrolyte``.
product_of_the_electrolyte = model_validator(mode="before")(_product_of_the_electrolyte)
