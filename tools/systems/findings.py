"""What a system is judged by."""

from __future__ import annotations

from dataclasses import dataclass

from tools.systems.measures import Measure


@dataclass(frozen=True)
class Finding:
    """A number taken from runs.

    Attributes
    ----------
    key : str
        Its name.
    quantity : str
        As printed, with the unit.
    of : callable
        From :class:`tools.systems.runs.Runs` to the number, in that unit.
    claim : tuple of float, or None
        Lower and upper bound of what must come out; None if nothing is claimed.
    measured : float or None
        In the same unit; None if no number is known.
    """

    key: str
    quantity: str
    of: Measure
    claim: tuple[float, float] | None = None
    measured: float | None = None

    def holds(self, number: float) -> bool:
        """Whether a number is as claimed."""
        return self.claim is None or self.claim[0] <= number <= self.claim[1]


@dataclass(frozen=True)
class System:
    """A pair of materials, bare or coated.

    Attributes
    ----------
    name : str
    saw, model, missing : str
        What the paper saw, with its reference; what is modelled; what is missing.
    findings : tuple of Finding
    """

    name: str
    saw: str
    model: str
    missing: str
    findings: tuple[Finding, ...]
