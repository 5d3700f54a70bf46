"""Geometric multigrid in float32 for the blocks of single fields, on the boxes of any number of ranks."""

from phasefield.engines.compiled.multigrid.cycle import Multigrid

__all__ = ["Multigrid"]
