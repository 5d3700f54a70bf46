"""The check of a plating deck."""

from phasefield.check.plating.concerns import errors, warnings
from phasefield.check.plating.numbers import derived, unknowns
from phasefield.check.plating.table import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
