"""Plating over an interphase: what a deck with ``model = "plating-interphase"`` becomes."""

from phasefield.cases.plating_interphase.build import TwoFrontsCase, build

__all__ = ["TwoFrontsCase", "build"]
