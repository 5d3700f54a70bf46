"""The check of an interphase deck."""

from phasefield.check.interphase.concerns import errors, warnings
from phasefield.check.interphase.numbers import derived, memory
from phasefield.check.interphase.table import sections

__all__ = ["derived", "errors", "memory", "sections", "warnings"]
