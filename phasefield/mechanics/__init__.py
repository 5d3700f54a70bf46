"""Mechanics: stress and displacement of solids, on the cells of an engine's grid."""

from phasefield.mechanics.creep import Creep
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, Stress
from phasefield.mechanics.end import FIXED, End

__all__ = ["FIXED", "Creep", "Elasticity", "End", "NoEquilibrium", "Stress"]
