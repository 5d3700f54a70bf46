"""Constants of nature, CODATA 2018 (exact)."""

FARADAY = 96485.33212
"""Faraday constant [C/mol]."""
GAS_CONSTANT = 8.314462618
"""Molar gas constant [J/(mol K)]."""
