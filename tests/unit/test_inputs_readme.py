"""inputs/README.md is what `phasefield keys` prints now, and its example is a deck."""

import re
from pathlib import Path

from phasefield.check import errors, warnings
from phasefield.deck import markdown, parse_deck

README = Path(__file__).parents[2] / "inputs" / "README.md"


def test_readme_is_current():
    assert README.read_text(encoding="utf-8") == markdown(), "run: phasefield keys > inputs/README.md"


def test_the_example_is_sound():
    """A reader may copy the example: it is valid, and nothing in it deserves a warning."""
    (example,) = re.findall(r"```toml\n(.*?)```", markdown(), re.DOTALL)
    deck = parse_deck(example)
    assert errors(deck) == []
    assert warnings(deck) == []
