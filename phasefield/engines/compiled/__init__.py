"""The same declared equations, compiled: FiPy's discretisation on grids in boxes, as one kernel of machine code."""
