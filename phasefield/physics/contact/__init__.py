"""An electrode in partial contact: deck, model, case, record and check of ``model = "contact"``."""
