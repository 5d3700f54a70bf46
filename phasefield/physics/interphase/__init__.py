"""Growth of an interphase: deck, model, case, record and check of ``model = "interphase"``."""
