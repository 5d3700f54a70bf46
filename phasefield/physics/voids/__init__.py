"""Voids that stripping leaves between lithium and a solid electrolyte, and that creep closes."""
