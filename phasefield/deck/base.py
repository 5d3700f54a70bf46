"""Base of every section of a deck: a strict frozen model, and dimensional types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from phasefield.errors import Problem
from phasefield.theory.constants import FARADAY
from phasefield.units import Dimensional, quantity

T = TypeVar("T")

# The bounds keep a slipped unit ("10 m" for "10 um") from passing, and every derived number finite.
Length = Annotated[float, Dimensional("m", least=1e-12, most=1.0)]
Coordinate = Annotated[float, Dimensional("m", least=-1.0, most=1.0)]
Duration = Annotated[float, Dimensional("s", least=1e-15, most=1e12)]
Temperature = Annotated[float, Dimensional("K", least=100.0, most=2000.0)]
Voltage = Annotated[float, Dimensional("V", least=-10.0, most=10.0)]
VoltageRate = Annotated[float, Dimensional("V/s", least=1e-15, most=1e6)]
CurrentDensity = Annotated[float, Dimensional("A/m^2", least=-1e9, most=1e9)]
CurrentSize = Annotated[float, Dimensional("A/m^2", least=1e-9, most=1e9)]
ExchangeCurrentDensity = Annotated[float, Dimensional("A/m^2", least=1e-9, most=1e6)]
ChargePerArea = Annotated[float, Dimensional("C/m^2", least=1e-9, most=1e12)]
Conductivity = Annotated[float, Dimensional("S/m", least=1e-18, most=1e8)]
Concentration = Annotated[float, Dimensional("mol/m^3", least=1e-9, most=1e6)]
Diffusivity = Annotated[float, Dimensional("m^2/s", least=1e-30, most=1.0)]
MolarVolume = Annotated[float, Dimensional("m^3/mol", least=1e-9, most=1e-3)]
InterfaceEnergy = Annotated[float, Dimensional("J/m^2", least=1e-9, most=1e6)]


class MolarEnergy(Dimensional):
    """An energy per mole, which may also be written per particle: ``"0.3 eV"`` is 28.9 kJ/mol."""

    def read(self, text: Any) -> float:
        """Convert the text of a deck, or raise UnitError."""
        if isinstance(text, str) and text.rstrip().endswith("eV"):
            text = f"{quantity(text, 'eV') * FARADAY!r} J/mol"  # 1 eV a particle is F × 1 V a mole
        return super().read(text)


ActivationEnergy = Annotated[float, MolarEnergy("J/mol", least=0.0, most=5e5)]
Pressure = Annotated[float, Dimensional("Pa", least=-1e11, most=1e11)]
Velocity = Annotated[float, Dimensional("m/s", least=1e-18, most=1.0)]

Factor = Annotated[float, Field(ge=1e-9, le=1e9)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Inconsistent(ValueError):
    """Values that are each allowed but do not fit together; keys are relative to the section that raises it."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


def given(value: T | None) -> T:
    """The value of an optional key that the checks of the deck guarantee to be present."""
    assert value is not None, "a validated deck has this value"
    return value


class Section(BaseModel):
    """A table of a deck: frozen, no unknown keys, no conversions but units, no nan or inf."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    def problems(self) -> Iterator[Problem]:
        """Problems of values in this section that do not fit together."""
        yield from ()

    @model_validator(mode="after")
    def _consistent(self):
        if problems := list(self.problems()):
            raise Inconsistent(problems)
        return self
