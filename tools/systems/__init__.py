"""The systems of the review: their decks run, and what comes out printed beside what was measured."""
