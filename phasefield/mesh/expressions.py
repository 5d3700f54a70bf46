"""Numbers and expressions of Gmsh's geometry language, evaluated while they are read; see `geometry`."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator
from itertools import accumulate, repeat, takewhile
from typing import NamedTuple, NoReturn

from phasefield.errors import Code, PhasefieldError

#: How many numbers and statements may come of a text, and numbers of one list.
MOST_WORK, MOST_NUMBERS = 1_000_000, 100_000
#: How deep expressions and loops may be nested.
DEEPEST = 50

FUNCTIONS: dict[str, Callable[..., float]] = {
    "Sin": math.sin, "Cos": math.cos, "Tan": math.tan, "Asin": math.asin, "Acos": math.acos, "Atan": math.atan,
    "Atan2": math.atan2, "Sinh": math.sinh, "Cosh": math.cosh, "Tanh": math.tanh, "Exp": math.exp, "Log": math.log,
    "Log10": math.log10, "Sqrt": math.sqrt, "Fabs": math.fabs, "Floor": math.floor, "Ceil": math.ceil,
    "Hypot": math.hypot, "Min": min, "Max": max,
}  # fmt: skip
PAIRS = {"Atan2", "Hypot", "Min", "Max"}

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<unended>/\*)"
    r"|(?P<number>(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,9})?(?![A-Za-z0-9_.]))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r'|(?P<name>"[^"\n]*")'
    r"|(?P<mark>[-+*/^(){}\[\],;:=.])",
    re.DOTALL,
)


class Token(NamedTuple):
    """A word of the text, and its line."""

    kind: str
    text: str
    line: int


def tokens_of(name: str, text: str) -> Iterator[Token]:
    """The words of a text; ends with a token of the kind ``end``. PhasefieldError names the line of what is none."""
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup == "unended":
            shown = text[at : at + 20].splitlines()[0]
            raise PhasefieldError(f"{name}, line {line}: cannot read {shown!r}", code="syntax")
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), line)
        line += found.group().count("\n")
        at = found.end()
    yield Token("end", "the end", line)


class Expressions:
    """Evaluates expressions at a place in a text, and moves the place behind them."""

    def __init__(self, name: str, tokens: list[Token]):
        self.name, self.tokens, self.at = name, tokens, 0
        self.variables: dict[str, float] = {"Pi": math.pi}
        self.work = self.depth = 0

    # -- tokens ------------------------------------------------------------------------------------------

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def fault(self, message: str, token: Token | None = None, code: Code = "syntax") -> NoReturn:
        raise PhasefieldError(f"{self.name}, line {(token or self.here).line}: {message}", code=code)

    def take(self, *texts: str) -> str:
        """The next token, which must be one of these."""
        token = self.here
        if token.text not in texts or token.kind == "name":
            self.fault(f"expected {' or '.join(map(repr, texts))}, found {shown(token)}")
        self.at += 1
        return token.text

    def accept(self, text: str) -> bool:
        """Whether the next token is this one; then it is passed."""
        if self.here.text == text and self.here.kind != "name":
            self.at += 1
            return True
        return False

    def word(self, allowed, what: str) -> str:
        token = self.here
        if token.kind != "word" or token.text not in allowed:
            near = difflib.get_close_matches(token.text[:40], allowed, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            self.fault(f"{shown(token)} is no {what}{hint}; there are {', '.join(allowed)}", code="unknown-name")
        self.at += 1
        return token.text

    def spend(self, amount: int = 1) -> None:
        """Count the work, so that loops end."""
        self.work += amount
        if self.work > MOST_WORK:
            self.fault(f"more than {MOST_WORK} statements and numbers, with those of loops", code="limit-passed")

    # -- numbers -----------------------------------------------------------------------------------------

    def numbers(self, integers: bool) -> list[float]:
        """``{a, b:c, d:e:step}``."""
        self.take("{")
        found: list[float] = []
        while True:
            start = self.expression()
            if self.accept(":"):
                stop = self.expression()
                step = self.expression() if self.accept(":") else math.copysign(1.0, stop - start)
                found += self.span(start, stop, step)
            else:
                found.append(start)
            if len(found) > MOST_NUMBERS:
                self.fault(f"a list of more than {MOST_NUMBERS} numbers", code="limit-passed")
            if self.take(",", "}") == "}":
                break
        if integers and not all(value == int(value) and 1 <= abs(value) < 2**31 for value in found):
            self.fault("expected a list of whole numbers other than 0")
        return found

    def span(self, start: float, stop: float, step: float) -> list[float]:
        """Numbers from one to another, as Gmsh adds the step up."""
        if step == 0 or abs(stop - start) / abs(step) > MOST_NUMBERS:
            self.fault(f"a range of more than {MOST_NUMBERS} numbers", code="limit-passed")
        values = accumulate(repeat(step), initial=start)
        found = list(takewhile(lambda value: value <= stop if step > 0 else value >= stop, values))
        self.spend(len(found))
        return found

    def tag(self) -> int:
        """The number of an entity."""
        value = self.expression()
        if value != int(value) or not 1 <= value < 2**31:
            self.fault(f"{written(value)} is not a number of an entity, which must be whole and positive")
        return int(value)

    def expression(self) -> float:
        """Sum; products bind stronger, then signs, then powers, as in Gmsh. Finite."""
        token = self.here
        with Deeper(self):
            try:
                value = self.sum()
            except (ArithmeticError, ValueError) as error:
                self.fault(f"cannot compute it: {error}", token, "no-number")
        if not math.isfinite(value):
            self.fault("the number is not finite", token, "no-number")
        return float(value)

    def sum(self) -> float:
        value = self.product()
        while self.here.text in ("+", "-"):
            value = value + self.product() if self.take("+", "-") == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.signed()
        while self.here.text in ("*", "/"):
            value = value * self.signed() if self.take("*", "/") == "*" else value / self.signed()
        return value

    def signed(self) -> float:
        sign = 1.0
        while self.here.text in ("-", "+"):
            sign = -sign if self.take("-", "+") == "-" else sign
        value = self.power()
        return value if sign > 0 else -value

    def power(self) -> float:
        value = self.atom()
        if self.accept("^"):
            with Deeper(self):
                return math.pow(value, self.signed())
        return value

    def atom(self) -> float:
        token = self.here
        self.spend()
        self.at += 1
        if token.kind == "number":
            return float(token.text)
        if token.kind == "mark" and token.text == "(":
            value = self.expression()
            self.take(")")
            return value
        if token.text in FUNCTIONS:
            bracket = ")" if self.take("(", "[") == "(" else "]"
            arguments = [self.expression()]
            if token.text in PAIRS:
                self.take(",")
                arguments.append(self.expression())
            self.take(bracket)
            return FUNCTIONS[token.text](*arguments)
        if token.kind == "word" and token.text in self.variables:
            return self.variables[token.text]
        self.at -= 1
        if token.kind != "word":
            self.fault(f"expected a number, found {shown(token)}")
        near = difflib.get_close_matches(token.text[:40], [*self.variables, *FUNCTIONS], 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        self.fault(f"{shown(token)} has no value{hint}", code="unknown-name")


class Deeper:
    """Counts how deep expressions and loops are nested."""

    def __init__(self, reader: Expressions):
        self.reader = reader

    def __enter__(self) -> None:
        self.reader.depth += 1
        if self.reader.depth > DEEPEST:
            self.reader.fault(f"nested deeper than {DEEPEST}", code="limit-passed")

    def __exit__(self, *error) -> None:
        self.reader.depth -= 1


def shown(token: Token) -> str:
    return token.text if token.kind == "end" else repr(token.text[:40])


def written(value: float) -> str:
    """Read by Gmsh as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 2**31 else repr(float(value))
