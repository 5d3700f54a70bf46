"""A split step: one field by explicit stages, then the potential that its reaction follows (record 063)."""

from phasefield.engines.compiled.split.engine import SplitEngine

__all__ = ["SplitEngine"]
