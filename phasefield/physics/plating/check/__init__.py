"""The check of a plating deck."""

from phasefield.physics.plating.check.derived import derived, unknowns
from phasefield.physics.plating.check.findings import errors, warnings
from phasefield.physics.plating.check.report import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
