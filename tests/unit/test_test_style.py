"""Tests expect errors by class, key and code, never by an English phrase, so that messages can be improved."""

import ast
from pathlib import Path

import pytest

from phasefield.errors import DeckError, Problem, RunError
from tests.errors import PROSE, refused

TESTS = Path(__file__).parents[1]


def text_of(node: ast.expr) -> str | None:
    """Literal text of a string or the fixed parts of an f-string; None of anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def phrases(source: str) -> list[str]:
    """Phrases, or patterns that cannot be read here, that ``match=`` pins down in a test file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg == "match":
                text = text_of(keyword.value)
                if text is None or PROSE.search(text):
                    found.append(f"line {keyword.value.lineno}: {text or 'not a literal: use tests.errors.refused'}")
    return found


def test_no_test_pins_a_phrase():
    bad = [f"{path.relative_to(TESTS)}, {found}" for path in TESTS.rglob("*.py") for found in phrases(path.read_text())]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("text", ["has no checkpoint", "exists already; give --force", "a restart cannot change"])
def test_phrases_are_found(text):
    assert phrases(f"raises(RunError, match={text!r})")
    assert phrases("raises(RunError, match=message)") and phrases(f"raises(RunError, match=f{text!r})")
    with pytest.raises(AssertionError), refused(RunError, "", text):
        pytest.fail("the phrase was accepted")


@pytest.mark.parametrize("text", [r"history\.csv", "xi.npy", "2,197,000,000", "c-LLZO", "drive.steps.0.voltage = 5 V"])
def test_names_and_numbers_are_not_phrases(text):
    assert not phrases(f"raises(RunError, match={text!r})")


def test_expecting_another_error_fails():
    """Class, key, code and names all count."""
    deck = DeckError("a.toml", [Problem("domain.size", "must be positive", "0 m"), Problem("title", "is a text", "3")])
    with refused(DeckError, "domain.size", "a.toml", "0 m"):
        raise deck
    for about, name in (("domain", ""), ("title", "0 m")):
        with pytest.raises(AssertionError), refused(DeckError, about, name):
            raise deck
    with refused(RunError, "locked", "runs/a"):
        raise RunError("runs/a: another process works on it", code="locked")
    with pytest.raises(AssertionError), refused(RunError, "run-exists"):
        raise RunError("runs/a: another process works on it", code="locked")
