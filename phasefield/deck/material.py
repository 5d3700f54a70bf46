"""Sections of a deck whose missing values come from the library of materials."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from phasefield.deck.base import Inconsistent, Section
from phasefield.errors import PhasefieldError, Problem


class OfMaterial(Section):
    """A section whose missing values come from the library of materials."""

    material: str | None = Field(
        None,
        max_length=80,
        description=(
            "Name of a built-in material (`phasefield materials list`); its values are used for keys that are not "
            "given."
        ),
    )
    #: Keys of this section that a material may supply, and the unit in which they are written; "" for plain numbers.
    taken: ClassVar[dict[str, str]] = {}
    #: Property of the material by the key of this section, where their names differ.
    properties: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_material(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("material"), str):
            return data
        try:
            return supplied(data["material"], cls.wanted(data), cls.properties) | data
        except PhasefieldError as error:
            raise Inconsistent([Problem("material", str(error))]) from None

    @classmethod
    def wanted(cls, data: dict[str, Any]) -> dict[str, str]:
        """Keys that are not given but a material may supply, and their units."""
        return {key: unit for key, unit in cls.taken.items() if key not in data}


def supplied(name: str, wanted: dict[str, str], properties: dict[str, str]) -> dict[str, Any]:
    """Values that a material has at 298.15 K, as they are written in a deck.

    Parameters
    ----------
    name : str
        Of the material.
    wanted : dict of str to str
        Keys of the deck, with their units.
    properties : dict of str to str
        Property of the material by key, where their names differ.

    Raises
    ------
    MaterialError
        There is no such material.
    """
    from phasefield import materials  # which reads its files with the types of decks

    known = materials.load(name)
    pairs = ((key, unit, properties.get(key, key)) for key, unit in wanted.items())
    values = ((key, unit, known.value(name)) for key, unit, name in pairs if name in known.data())
    return {key: f"{value!r} {unit}" if unit else value for key, unit, value in values}
