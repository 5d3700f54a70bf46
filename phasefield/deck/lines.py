"""Where in a deck's text each key stands, so that an error can name the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from phasefield.errors import DeckError, Problem

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<comment>#[^\n]*)|(?P<end>\n)|(?P<sign>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.\"'#]+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Written:
    """The text of a deck and what was changed in it; equal to any other, since it is no value of the deck.

    Attributes
    ----------
    text : str
        Valid TOML; empty for a deck that comes from no file.
    overrides : sequence of str
        Changes ``key=value``; such keys stand on no line.
    """

    text: str = field(compare=False)
    overrides: Sequence[str] = field(default=(), compare=False)

    def located(self, problems: Sequence[Problem]) -> list[Problem]:
        """The same problems with their lines: that of a key, or of the table in which it is missing."""
        return [replace(problem, line=self._line(problem.key)) for problem in problems]

    def _line(self, key: str) -> int | None:
        if not key:  # the problem of a text that may be no TOML
            return None
        if any(_within(key, changed) or _within(changed, key) for changed in self._changed):
            return None
        path: Path = tuple(int(part) if part.isdecimal() else part for part in key.split("."))
        found = (self._lines.get(path[:count]) for count in range(len(path), 0, -1))
        return next(filter(None, found), None)

    @property
    def _changed(self) -> list[str]:
        return [override.partition("=")[0].strip() for override in self.overrides]

    @cached_property
    def _lines(self) -> dict[Path, int]:
        try:
            return _Scan(self.text).lines
        except RecursionError:
            return {}


@contextmanager
def locating(written: Written, source: str) -> Iterator[None]:
    """Add lines to the problems of a DeckError of this source that leaves the context."""
    try:
        yield
    except DeckError as error:
        if error.source != source:
            raise
        raise DeckError(source, written.located(error.problems)) from error.__cause__


def _within(key: str, section: str) -> bool:
    return f"{key}.".startswith(f"{section}.")


class _Scan:
    """One pass over a text that is valid TOML.

    Attributes
    ----------
    lines : dict
        First line of each key and table, by its path; entries of lists by their number.
    """

    def __init__(self, text: str):
        self.lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}  # entries of each list of tables so far
        self._tokens = _tokens(text)
        self._next()
        section: Path = ()
        while self.kind:
            if self.token == "[":
                section = self._header()
            elif self.kind in ("bare", "string"):
                self._pair(section)
            else:
                self._next()

    def _next(self) -> None:
        self.kind, self.token, self.line = next(self._tokens, ("", "", 0))

    def _at(self, closing: str) -> bool:
        """Whether this is the sign that closes what is read, or the end of the text."""
        return not self.kind or (self.kind == "sign" and self.token == closing)

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; the path of what follows."""
        line = self.line
        self._next()
        is_list = self.token == "["
        if is_list:
            self._next()
        names = self._names("]")
        self._next()
        if is_list:
            self._next()
        path: Path = ()
        for number, name in enumerate(names):
            path += (name,)
            if is_list and number == len(names) - 1:
                self._tables[path] = self._tables.get(path, -1) + 1
            self.lines.setdefault(path, line)
            if path in self._tables:
                path += (self._tables[path],)
                self.lines.setdefault(path, line)
        return path

    def _pair(self, section: Path) -> None:
        """``key = value``, with dots in the key or without."""
        line, path = self.line, section
        for name in self._names("="):
            path += (name,)
            self.lines.setdefault(path, line)
        self._next()
        self._value(path)

    def _names(self, closing: str) -> list[str]:
        names = []
        while not self._at(closing):
            if self.kind in ("bare", "string"):
                names.append(self.token if self.kind == "bare" else tomllib.loads(f"name = {self.token}")["name"])
            self._next()
        return names

    def _value(self, path: Path) -> None:
        if self.kind == "sign" and self.token in "[{":
            closing, number = ("]" if self.token == "[" else "}"), 0
            self._next()
            while not self._at(closing):
                if self.kind in ("end", "comment") or self.token == ",":
                    self._next()
                elif closing == "}":
                    self._pair(path)
                else:
                    self.lines.setdefault((*path, number), self.line)
                    self._value((*path, number))
                    number += 1
            self._next()
        else:
            self._next()
            while self.kind not in ("", "end", "comment") and (self.kind != "sign" or self.token == "."):
                self._next()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of each part of a text; white space is none."""
    line, start = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", start, found.start())
        start = found.start()
        yield found.lastgroup or "", found[0], line
