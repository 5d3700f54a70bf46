"""The section of a deck for a layer on the lithium that conducts ions and electrons and stores lithium."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from phasefield.deck.base import Concentration, Length, Voltage
from phasefield.deck.phases import ConductingPhase


class Host(ConductingPhase):
    """A mixed conductor on the flat lithium, which stores lithium and which lithium may grow through."""

    thickness: Length = Field(examples=["10 um"], description="Thickness of the interlayer; at least two cells.")
    maximum_concentration: Concentration = Field(
        description="Largest concentration c_h of lithium that the interlayer can store."
    )
    rate: float = Field(
        gt=0, le=1e9, description="Rate k at which lithium is stored, in 1/s per RT/F of driving force."
    )
    empty_potential: Voltage = Field(
        "0 V",
        description=(
            "Open-circuit potential U₀ of the empty interlayer, which falls to 0 V while it fills; 0 V for empty pores."
        ),
    )
    content: float = Field(
        0.0, ge=0, le=1, description="Fraction of the storage sites that lithium takes at the start."
    )

    taken: ClassVar[dict[str, str]] = ConductingPhase.taken | {"maximum_concentration": "mol/m^3"}
