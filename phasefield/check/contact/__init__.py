"""The check of a contact deck."""

from phasefield.check.contact.concerns import errors, warnings
from phasefield.check.contact.numbers import derived, unknowns
from phasefield.check.contact.table import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
