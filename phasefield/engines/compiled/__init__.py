"""The same declared equations, compiled: FiPy's discretisation on uniform grids, as one kernel of machine code."""
