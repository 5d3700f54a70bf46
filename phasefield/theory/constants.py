"""Constants of nature: exact since the SI of 2019."""

FARADAY = 1.602176634e-19 * 6.02214076e23
"""Faraday constant [C/mol]."""
GAS_CONSTANT = 1.380649e-23 * 6.02214076e23
"""Molar gas constant [J/(mol K)]."""
BOLTZMANN = 1.380649e-23
"""Boltzmann constant [J/K]."""
