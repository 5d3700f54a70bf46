"""Lithium that grows into a solid electrolyte by opening a crack."""
