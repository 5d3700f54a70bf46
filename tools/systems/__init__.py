"""The systems of the review: run their decks, and print the results beside measured values."""
