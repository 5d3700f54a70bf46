"""ParaView of a distribution reads what `phasefield export` writes: ``make paraview``."""
