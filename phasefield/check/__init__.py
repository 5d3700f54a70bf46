"""What a careful person works out before running a deck, and what should make them pause."""

from phasefield.check.concerns import errors, require, warnings
from phasefield.check.numbers import derived, memory
from phasefield.check.table import report

__all__ = ["derived", "errors", "memory", "report", "require", "warnings"]
