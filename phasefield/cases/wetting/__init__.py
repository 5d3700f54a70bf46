"""Lithium on a layer: what a deck with ``model = "wetting"`` becomes."""

from phasefield.cases.wetting.build import WettingCase, build

__all__ = ["WettingCase", "build"]
