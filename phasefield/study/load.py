"""Read a study: its deck, its base deck, and the members that follow from both; each member is validated."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phasefield.deck import Deck, parse_deck
from phasefield.deck.explain import nearest
from phasefield.deck.keys import keys
from phasefield.deck.lines import Written, locating
from phasefield.deck.load import read_text, validated
from phasefield.deck.paths import below
from phasefield.deck.renamed import FORMER, RENAMED, renamed
from phasefield.errors import DeckError, Problem
from phasefield.study.constraints import ConstraintError, holds
from phasefield.study.expand import Point, Scaled, points
from phasefield.study.schema import MAX_MEMBERS, StudyDeck

#: Ending of a study's file name; the part before it is the study's name.
ENDING = ".study.toml"


@dataclass(frozen=True)
class Member:
    """One case of a study.

    Attributes
    ----------
    index : int
        Number from 1, as job arrays count.
    name : str
        Name of its run directory: its settings and the first digits of its hash.
    hash : str
        See `deck_hash`.
    point : Point
    deck : Deck
    """

    index: int
    name: str
    hash: str
    point: Point
    deck: Deck


@dataclass(frozen=True)
class Study:
    """A study, read and expanded.

    Attributes
    ----------
    source : Path
        File of the study.
    text : str
        Content of the file.
    deck : StudyDeck
    base : Path
    axes : tuple of Scaled
    members : tuple of Member
    excluded : int
        Number of combinations that a constraint excludes.
    """

    source: Path
    text: str
    deck: StudyDeck
    base: Path
    axes: tuple[Scaled, ...]
    members: tuple[Member, ...]
    excluded: int

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.source.name.removesuffix(ENDING).removesuffix(".toml")


def load_study(path: str | Path, overrides: Sequence[str] = ()) -> Study:
    """Read a study and expand it.

    Parameters
    ----------
    path : str or Path
        A TOML file.
    overrides : sequence of str
        ``key=value``, of the study deck.

    Returns
    -------
    Study

    Raises
    ------
    DeckError
        Lists every problem of the study deck, or those of the first member whose deck is not valid.
    """
    path, source = Path(path), str(path)
    text = read_text(path)
    with locating(Written(text, overrides), source):
        return _expanded(path, source, text, overrides)


def _expanded(path: Path, source: str, text: str, overrides: Sequence[str]) -> Study:
    deck = validated(text, source, overrides, lambda data: _study_schema(data, source))
    base = _inside(path, deck.base)
    base_text = read_text(base)
    _require_known_keys(deck, parse_deck(base_text, str(base), lines=True), source)
    everything = points(deck, source)
    if len(everything) > MAX_MEMBERS:
        raise DeckError(source, [Problem("axes", f"give {len(everything)} members; at most {MAX_MEMBERS} are allowed")])
    axes = tuple(Scaled.of(axis) for axis in deck.axes)
    kept = [point for point in everything if _fulfilled(deck, axes, point, source)]
    if not kept:
        raise DeckError(source, [Problem("constraints", f"exclude all {len(everything)} combinations")])
    members = tuple(_member(n, point, axes, base_text, source) for n, point in enumerate(kept, start=1))
    _require_different(members, source)
    return Study(path, text, deck, base, axes, members, len(everything) - len(kept))


def _study_schema(data: dict, source: str) -> type[StudyDeck]:
    if "domain" in data and "axes" not in data:
        raise DeckError(source, [Problem("", f"is a deck, not a study: `phasefield run {source}` runs it")])
    return StudyDeck


def deck_hash(deck: Deck) -> str:
    """A digest of a deck's values. Comments, notation, the title, and explicit defaults do not change it.

    Neither do keys that a later version adds or renames, so that it recognises the members of an earlier one.
    """
    values = renamed(deck.model_dump(mode="json", exclude_defaults=True, exclude={"title"}), FORMER)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def same_values(found: Any, wanted: Any) -> bool:
    """Whether two resolved decks agree in all keys that both have; other versions may have other keys."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return all(same_values(found[key], wanted[key]) for key in found.keys() & wanted.keys() - {"title"})
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(same_values, found, wanted))
    return bool(found == wanted)


def _inside(study: Path, relative: str) -> Path:
    """The file that a study names, if it is inside the study's folder after symbolic links are resolved."""
    try:
        found = below(study.parent, relative, "study")
    except ValueError as error:
        raise DeckError(str(study), [Problem("base", str(error), relative)]) from None
    if not found.is_file():
        folder = study.parent.resolve()
        decks = [file.name for file in folder.glob("*.toml") if not file.name.endswith(ENDING)]
        near = nearest(relative, decks)
        hint = f"; did you mean {near}?" if near else ""
        raise DeckError(str(study), [Problem("base", f"there is no such deck in {folder.name}/{hint}", relative)])
    return found


def _require_known_keys(deck: StudyDeck, base: Deck, source: str) -> None:
    """Raise a DeckError if an axis has a key that decks of the base's model do not have."""
    known = sorted({key.path.replace("[]", "") for key in keys(type(base))})
    problems = []
    for index, axis in enumerate(deck.axes):
        plain = re.sub(r"\.\d+(?=\.|$)", "", axis.key or known[0])
        plain = RENAMED.get(plain, plain)
        if plain not in known:
            near = nearest(plain, known)
            hint = f"; did you mean {near}?" if near else "; inputs/README.md lists all"
            message = f"is not a key of decks of model {base.model}{hint}"
            problems.append(Problem(f"axes.{index}.key", message, str(axis.key)))
    if problems:
        raise DeckError(source, problems)


def _fulfilled(deck: StudyDeck, axes: Sequence[Scaled], point: Point, source: str) -> bool:
    values = {scaled.axis.name: scaled.text(point.settings[scaled.axis.name]) for scaled in axes}
    for index, text in enumerate(deck.constraints):
        try:
            if not holds(text, values):
                return False
        except ConstraintError as error:
            raise DeckError(source, [Problem(f"constraints.{index}", str(error), text)]) from None
    return True


def _member(number: int, point: Point, axes: Sequence[Scaled], base_text: str, source: str) -> Member:
    settings = ", ".join(f"{s.axis.name} = {s.text(point.settings[s.axis.name])}" for s in axes)
    deck = parse_deck(base_text, f"{source}, member {number} ({settings})", point.overrides)
    digest = deck_hash(deck)
    words = [_word(scaled, point) for scaled in axes if point.sample is None or not scaled.axis.sampled]
    if point.sample is not None:
        words.append(f"sample{point.sample:04d}")
    return Member(number, ".".join([*words, digest[:6]])[-120:].lstrip("."), digest, point, deck)


def _word(scaled: Scaled, point: Point) -> str:
    """A setting as a part of a file name."""
    text = str(scaled.text(point.settings[scaled.axis.name])).replace(" ", "")
    plain = re.sub(r"[^A-Za-z0-9+-]+", "_", text.replace(".", "p")).strip("_")[:20]
    return f"{scaled.axis.name}_{plain}"


def _require_different(members: Sequence[Member], source: str) -> None:
    first: dict[str, Member] = {}
    for member in members:
        other = first.setdefault(member.hash, member)
        if other is not member:
            message = f"make members {other.index} and {member.index} the same deck ({other.name})"
            raise DeckError(source, [Problem("axes", message)])
