"""Growth of an interphase: what a deck with ``model = "interphase"`` becomes."""

from phasefield.cases.interphase.build import InterphaseCase, build

__all__ = ["InterphaseCase", "build"]
