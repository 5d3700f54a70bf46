"""Units, checked once at input: strings with a unit are converted to SI floats.

``Length = Annotated[float, Dimensional("m", above=0)]`` is a pydantic type for a deck's field. It reads
``"10 um"`` as 1e-5 and carries its unit, so that the table of keys and the editor's schema know it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasefield.units import reader
from phasefield.units.unit import Unit

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(
    r"\s*([+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)\b)\s*(.*?)\s*",
    re.IGNORECASE,
)
# Names, small exponents, whole or with a half, products, quotients, brackets: all a unit needs. Pint would read more,
# such as 10**10**10 or m^9^9^9, which a deck has no business asking for. One character at a time: no text is slow to
# refuse.
_POWER = r"(?:\^|\*\*)"
_UNIT = re.compile(
    rf"(?:1\s*/)?(?:[^\W\d]|{_POWER}(?:[+-]?\d{{1,2}}(?:\.5)?|\([+-]?\d{{1,2}}(?:\.5)?\))(?!\s*{_POWER})|[°%*/·() ])*"
)
_LONGEST = 100
#: Exponents as tables and papers write them, cm2, cm-2 or cm⁻², and signs that Pint does not read.
_EXPONENT = re.compile(r"(?<=[^\W\d_])[-−]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SIGNS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−⋅", "0123456789+--·")

#: Name of a quantity in errors, and an example; by SI unit.
_EXAMPLES = {
    "m": ("a length", "10 um"),
    "s": ("a time", "30 s"),
    "K": ("a temperature", "298.15 K"),
    "V": ("a voltage", "-0.1 V"),
    "V/s": ("a rate of a voltage", "1 mV/h"),
    "A/m^2": ("a current density", "5 mA/cm^2"),
    "C/m^2": ("a charge per area", "1 mAh/cm^2"),
    "S/m": ("a conductivity", "0.1 mS/cm"),
    "mol/m^3": ("a concentration", "1 mol/L"),
    "m^3/mol": ("a molar volume", "12.998 cm^3/mol"),
    "m^2/s": ("a diffusivity", "3e-10 m^2/s"),
    "J/m^2": ("an energy per area", "0.5 J/m^2"),
    "J/mol": ("an energy per mole or particle", "0.3 eV"),
    "m/s": ("a velocity", "1 nm/s"),
    "rad": ("an angle", "60 deg"),
    "F/m^2": ("a capacitance per area", "20 uF/cm^2"),
    "1/m^2": ("a number per area", "1e8 1/cm^2"),
    "Pa": ("a pressure, a stress or a modulus", "5 MPa"),
    "Pa/m": ("a stiffness per area", "10 MPa/um"),
    "Pa m^0.5": ("a fracture toughness", "1 MPa m^0.5"),
}


class UnitError(ValueError):
    """A text is not a quantity of the required dimension."""


@cache
def _registry() -> pint.UnitRegistry:
    import pint  # here, because it takes a while, and only constraints of studies need it

    return pint.UnitRegistry(Path(__file__).with_name("units.txt"))


def describe(unit: str) -> str:
    """Description of a field with this unit: ``a length, such as "10 um"``."""
    name, example = _EXAMPLES.get(unit, (f"a value in {unit}", f"1 {unit}"))
    return f'{name}, such as "{example}"'


def example(unit: str) -> str:
    """A quantity of this unit as one writes it in a deck."""
    return _EXAMPLES.get(unit, ("", f"1 {unit}"))[1]


def quantity(text: str, unit: str) -> float:
    """Read a quantity and convert it.

    Parameters
    ----------
    text : str
        Number and unit, such as ``"5 mA/cm^2"``, ``"25 degC"`` or ``"12.998 cm^3/mol"``; exponents also as in
        ``mA/cm2``, ``mA cm-2`` and ``mA·cm⁻²``.
    unit : str
        Unit of the result.

    Returns
    -------
    float [unit]

    Raises
    ------
    UnitError
        The text is not a finite number with a unit, or its dimension is not that of `unit`.
    """
    if not isinstance(text, str):
        raise UnitError(f"must be {describe(unit)}, written in quotes and with its unit")
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise UnitError(f"is not a number with a unit; write {describe(unit)}")
    number, written = float(match[1]), match[2]
    if not written:
        raise UnitError(f"has no unit (unit missing); write {describe(unit)}")
    if not math.isfinite(number):
        raise UnitError(f"must be finite; write {describe(unit)}")
    value = _convert(number, written, unit)
    if not math.isfinite(value):
        raise UnitError(f"must be finite; write {describe(unit)}")
    return value


def measured(text: str) -> pint.Quantity:
    """Read a quantity of any dimension, to calculate with.

    Raises
    ------
    UnitError
        The text is not a finite number with a unit.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or not match[2] or not math.isfinite(float(match[1])):
        raise UnitError('must be a number and its unit, such as "5 mA/cm^2"')
    _unit(match[2], 'one such as "mA/cm^2"')
    return _registry().Quantity(float(match[1]), _plain(match[2]))


def unit_of(text: str) -> str:
    """The unit of a quantity, as it is written there; "" for any other text."""
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    return match[2] if match else ""


def _plain(written: str) -> str:
    """A unit with exponents and signs as in ``mA/cm^2``."""
    return _EXPONENT.sub(lambda found: f"^{found[0]}", written).translate(_SIGNS)


def _unit(written: str, wanted: str) -> Unit:
    """Read a unit; errors recommend `wanted` instead."""
    try:
        plain = _plain(written)
        if not _UNIT.fullmatch(plain):
            raise ValueError(written)
        return reader.read(plain)
    except (ValueError, ArithmeticError) as error:
        raise UnitError(f'has an unknown unit, "{written}"; write {wanted}') from error


def _convert(number: float, written: str, unit: str) -> float:
    found = _unit(written, describe(unit))  # first, since a study takes its unit from the text of its first value
    wanted = reader.read(unit)
    if found.powers != wanted.powers:
        got, need = f"{written} ({found.dimension})", f"{unit} ({wanted.dimension})"
        raise UnitError(f"has the unit {got}, which cannot be converted to {need}; write {describe(unit)}")
    try:
        # Rounded, because factors carry round-off: a litre is 0.0010000000000000002 m^3.
        return float(f"{number * (found.factor / wanted.factor) + found.offset - wanted.offset:.15g}")
    except ArithmeticError as error:
        raise UnitError(f"cannot be converted to {unit}; write {describe(unit)}") from error


@dataclass(frozen=True)
class Dimensional:
    """Makes a float field of a pydantic model dimensional: text with a unit in, SI float out.

    Used as ``Annotated[float, Dimensional("m", above=0)]``.

    Attributes
    ----------
    unit : str
        SI unit of the field.
    above, least, most : float or None [unit]
        Bounds: value > above, value ≥ least, value ≤ most.
    """

    unit: str
    above: float | None = None
    least: float | None = None
    most: float | None = None

    def read(self, text: Any) -> float:
        """Convert the text of a deck, or raise UnitError."""
        value = quantity(text, self.unit)
        if self.above is not None and not value > self.above:
            raise UnitError(f"must be more than {pretty(self.above, self.unit)}")
        if self.least is not None and not value >= self.least:
            raise UnitError(f"must be at least {pretty(self.least, self.unit)}")
        if self.most is not None and not value <= self.most:
            raise UnitError(f"must be at most {pretty(self.most, self.unit)}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "examples": [example(self.unit)], "x-unit": self.unit}


_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
#: Units that are usually written with a prefix; the others get a power of ten.
_PREFIXED = ("m", "s", "V", "Pa", "S/m", "m/s")


def pretty(value: float, unit: str = "", digits: int = 4) -> str:
    """Write an SI value for reading: ``pretty(3e-6, "m")`` is ``"3 µm"``.

    Parameters
    ----------
    value : float [unit]
        Value.
    unit : str
        SI unit; "" for a pure number.
    digits : int
        Significant digits.

    Returns
    -------
    str
    """
    if unit == "s" and abs(value) >= 60 and math.isfinite(value):
        return _duration(value, digits)
    if unit in _PREFIXED and value != 0 and math.isfinite(value):
        rounded = float(f"{value:.{digits}g}")
        power = 3 * math.floor(math.log10(abs(rounded)) / 3 + 1e-12)
        power = min(max(power, -15), 0 if unit == "s" else 9)
        if 1e-3 <= abs(rounded) / 10.0**power < 1e6:
            return f"{value / 10.0**power:.{digits}g} {_PREFIXES[power]}{unit}"
    return f"{value:.{digits}g} {unit}".rstrip()


def _duration(seconds: float, digits: int) -> str:
    for name, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * length:
            return f"{seconds:.{digits}g} s ({seconds / length:.3g} {name})"
    return f"{seconds:.{digits}g} s"
