"""What holds the upper end of a box."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class End:
    """A flat, frictionless plate at the upper end of an axis; the lower end is a fixed wall of the same kind.

    The plate stays flat. Its displacement U, outward, follows from the balance of forces: the mean normal stress in the
    box is −(pressure + stiffness U).

    Attributes
    ----------
    free : bool
        Whether the plate moves; if not, it is a fixed wall, and takes any force.
    pressure : float [unit of the moduli]
        With which the plate presses at the size of the box; 0 for a free end.
    stiffness : float [unit of the moduli per unit of length]
        Of the casing behind the plate, by area.

    Raises
    ------
    ValueError
        A negative stiffness, or a fixed wall with a pressure or a stiffness.
    """

    free: bool = True
    pressure: float = 0.0
    stiffness: float = 0.0

    def __post_init__(self) -> None:
        if not self.stiffness >= 0:
            raise ValueError(f"the stiffness of a casing cannot be {self.stiffness}")
        if not self.free and (self.pressure or self.stiffness):
            given = f"({self.pressure}) or stiffness ({self.stiffness})"
            raise ValueError(f"a fixed wall has no pressure {given} of its own")


#: A wall that does not move.
FIXED = End(free=False)
