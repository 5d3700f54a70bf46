"""Plating and stripping: what a deck with ``model = "plating"`` becomes."""

from phasefield.cases.plating.build import PlatingCase, build

__all__ = ["PlatingCase", "build"]
