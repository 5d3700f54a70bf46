"""The check of an interphase deck."""

from phasefield.check.interphase.concerns import errors, warnings
from phasefield.check.interphase.numbers import derived, unknowns
from phasefield.check.interphase.table import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
