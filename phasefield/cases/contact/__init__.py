"""An electrode in partial contact: what a deck with ``model = "contact"`` becomes."""

from phasefield.cases.contact.build import ContactCase, build

__all__ = ["ContactCase", "build"]
