"""Plating over an interphase: deck, model, case, record and check of ``model = "plating-interphase"``."""
