"""Plating and stripping: deck, model, case, record and check of ``model = "plating"``."""
