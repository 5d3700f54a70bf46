"""A unit: a factor, and the powers of the base dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
