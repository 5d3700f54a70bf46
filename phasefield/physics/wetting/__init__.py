"""Lithium on a layer: deck, model, case, record and check of ``model = "wetting"``."""
