"""The check of a contact deck."""

from phasefield.physics.contact.check.derived import derived, unknowns
from phasefield.physics.contact.check.findings import errors, warnings
from phasefield.physics.contact.check.report import sections

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]
