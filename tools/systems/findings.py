"""Findings: numbers by which a system is tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.systems.measures import Measure


@dataclass(frozen=True)
class Finding:
    """A number from runs.

    Attributes
    ----------
    key : str
        Name of the number.
    quantity : str
        As printed, with the unit.
    of : callable
        Returns the number in that unit, given :class:`tools.systems.runs.Runs`.
    claim : tuple of float, or None
        Lower and upper bound of the result; None if nothing is claimed.
    measured : float or None
        Measured value in the same unit; None if none is known.
    origin : str
        Whether the number is an ``"input"`` of the deck, ``"calibrated"`` (something was chosen so that it meets a
        measured value, or it is itself what was chosen), or ``"predicted"``: it follows without such a choice.
    """

    key: str
    quantity: str
    of: Measure
    claim: tuple[float, float] | None = None
    measured: float | None = None
    origin: Literal["predicted", "calibrated", "input"] = "predicted"

    def holds(self, number: float) -> bool:
        """Whether a number is within the claim."""
        return self.claim is None or self.claim[0] <= number <= self.claim[1]


@dataclass(frozen=True)
class System:
    """A pair of materials, bare or coated.

    Attributes
    ----------
    name : str
    saw, model, missing : str
        Observation of the paper, with its reference; content of the model; effects that are missing.
    findings : tuple of Finding
    """

    name: str
    saw: str
    model: str
    missing: str
    findings: tuple[Finding, ...]
