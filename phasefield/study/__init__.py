"""Parameter studies: one file that says what varies, and everything from there to the plot."""

from phasefield.study.load import Member, Study, deck_hash, load_study

__all__ = ["Member", "Study", "deck_hash", "load_study"]
