"""Factors and dimensions of units, from the list in ``units.txt``.

Pint reads the same list, for arithmetic with quantities in studies. It takes 0.2 s to load, which a deck would cost at
each start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:e[+-]?\d+)?)|(?P<name>[^\W\d]+|%)|(?P<sign>\*\*|\^|[-+*/·()]))")


class UnknownUnit(ValueError):
    """A text is no product of the units of the list."""


@dataclass(frozen=True)
class Unit:
    """A unit in terms of the base units.

    Attributes
    ----------
    factor : float
    powers : dict
        Powers of the base dimensions, by their names; only those that are not 0.
    offset : float
        Value of the base unit at 0 of a temperature scale.
    """

    factor: float = 1.0
    powers: Mapping[str, float] = field(default_factory=dict)
    offset: float = 0.0

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The product with another unit, or the quotient if the sign is −1."""
        if self.offset or other.offset:
            raise UnknownUnit("a temperature scale is no factor")
        powers = {
            name: power
            for name in {**self.powers, **other.powers}
            if (power := self.powers.get(name, 0) + sign * other.powers.get(name, 0))
        }
        return Unit(self.factor * other.factor**sign, powers)

    def power(self, exponent: float) -> Unit:
        """This unit to a power."""
        if self.offset:
            raise UnknownUnit("a temperature scale is no factor")
        powers = {name: power * exponent for name, power in self.powers.items() if exponent}
        return Unit(self.factor**exponent, powers)

    @property
    def dimension(self) -> str:
        """The dimension, for a message: ``current/length``."""

        def product(sign: int) -> str:
            factors = [(name, sign * power) for name, power in sorted(self.powers.items()) if sign * power > 0]
            return " ".join(name if power == 1 else f"{name}^{power:g}" for name, power in factors)

        above, below = product(1) or "1", product(-1)
        if not self.powers:
            return "dimensionless"
        return f"{above}/({below})" if " " in below else f"{above}/{below}" if below else above


def read(text: str) -> Unit:
    """The unit that a text names: products, quotients and powers of units of the list, with brackets.

    Raises
    ------
    UnknownUnit
        It is no such text.
    """
    return _Reader(text, *_list()).all()


@cache
def _list() -> tuple[dict[str, float], dict[str, Unit]]:
    """The prefixes and the units of the list by all of their names; a unit is defined by those above it."""
    prefixes: dict[str, float] = {"": 1.0}
    units: dict[str, Unit] = {}
    for line in Path(__file__).with_name("units.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, meaning, *others = (part.strip() for part in line.split("="))
        if name.endswith("-"):
            prefixes.update((other.rstrip("-"), float(meaning)) for other in (name, *others))
            continue
        meaning, _, offset = meaning.partition("; offset:")
        if meaning.startswith("["):
            unit = Unit(1.0, {meaning[1:-1]: 1.0} if len(meaning) > 2 else {})
        else:
            unit = replace(_Reader(meaning, prefixes, units).all(), offset=float(offset or 0.0))
        units.update(dict.fromkeys((name, *others), unit))
    return prefixes, units


class _Reader:
    """Reads a text from left to right; powers bind first, a space multiplies."""

    def __init__(self, text: str, prefixes: Mapping[str, float], units: Mapping[str, Unit]):
        self._prefixes, self._units, self._parts = prefixes, units, []
        text, at = text.replace("°", "degree").strip(), 0
        while at < len(text):
            if (found := _TOKEN.match(text, at)) is None:
                raise UnknownUnit(text)
            self._parts.append((str(found.lastgroup), found[found.lastgroup or 0]))
            at = found.end()

    def all(self) -> Unit:
        found = self._product()
        if self._parts:
            raise UnknownUnit(self._parts[0][1])
        return found

    def _next(self, *signs: str) -> str:
        """Take the next part if it is one of these signs; "" if it is not."""
        return self._parts.pop(0)[1] if self._parts and self._parts[0][1] in signs else ""

    def _take(self, kind: str) -> str:
        if not self._parts or self._parts[0][0] != kind:
            raise UnknownUnit(f"a {kind} is missing")
        return self._parts.pop(0)[1]

    def _product(self) -> Unit:
        found = self._power()
        while self._parts and self._parts[0][1] != ")":
            sign = self._next("*", "·", "/")
            found = found.times(self._power(), -1 if sign == "/" else 1)
        return found

    def _power(self) -> Unit:
        if self._next("("):
            base = self._product()
            self._close()
        elif self._parts and self._parts[0][0] == "number":
            base = Unit(float(self._take("number")))
        else:
            base = self._named(self._take("name"))
        return base.power(self._exponent()) if self._next("^", "**") else base

    def _exponent(self) -> float:
        bracket = self._next("(")
        sign = -1 if self._next("-", "+") == "-" else 1
        exponent = sign * float(self._take("number"))
        if bracket:
            self._close()
        return exponent

    def _close(self) -> None:
        if not self._next(")"):
            raise UnknownUnit("a bracket is not closed")

    def _named(self, name: str) -> Unit:
        """A unit by its name: as it is written, else with a prefix, else both without the s of the plural."""
        for plural in ("", "s") if name.endswith("s") else ("",):
            for prefix, factor in self._prefixes.items():
                rest = name.removesuffix(plural)[len(prefix) :] if name.startswith(prefix) else ""
                unit = self._units.get(rest) if len(rest) > len(plural) else None  # As is no plural of A
                if unit and not (prefix and unit.offset):
                    return replace(unit, factor=factor * unit.factor)
        raise UnknownUnit(name)
