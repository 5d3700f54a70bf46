"""Reads units by the list in ``units.txt``.

Pint reads the same list, for arithmetic with quantities in studies. It takes 0.2 s to load, which a deck would cost at
each start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from phasefield.units.unit import Unit, UnknownUnit

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:e[+-]?\d+)?)|(?P<name>[^\W\d]+|%)|(?P<sign>\*\*|\^|[-+*/·()]))")


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
