"""Phase-field simulation of lithium plating and interphase growth."""

__version__ = "0.1.0"
