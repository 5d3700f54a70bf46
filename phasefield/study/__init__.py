"""Parameter studies: one file defines what varies; the study runs all members and plots the results."""

from phasefield.study.load import Member, Study, deck_hash, load_study

__all__ = ["Member", "Study", "deck_hash", "load_study"]
