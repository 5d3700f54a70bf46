"""The check of an interphase deck."""

from phasefield.physics.interphase.check.derived import derived, unknowns
from phasefield.physics.interphase.check.findings import errors, warnings
from phasefield.physics.interphase.check.report import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
