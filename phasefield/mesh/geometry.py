"""The part of Gmsh's geometry language that decks may use; texts are evaluated here and rewritten for Gmsh.

Gmsh's language can run programs, read and write files. So the text of a deck never reaches Gmsh: it is parsed and
evaluated here, and Gmsh gets commands that this module writes, of numbers and of names without special characters.
The language has: numbers, variables, arithmetic, ``For`` loops, points, curves, loops, plane surfaces, physical
groups, fields of mesh sizes, options of mesh sizes. Decision and alternatives: docs/decisions/028.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator
from itertools import accumulate, repeat, takewhile
from typing import NamedTuple, NoReturn

from phasefield.errors import Code, PhasefieldError

#: The longest text that is parsed [byte], how many numbers and statements may come of it, and of one list.
MOST_BYTES, MOST_WORK, MOST_NUMBERS = 2_000_000, 1_000_000, 100_000
#: How deep expressions and loops may be nested.
DEEPEST = 50

#: What has a number and a list: how many numbers the list has, at least and at most.
_SHAPES: dict[str, tuple[int, int]] = {
    "Point": (3, 4),
    "Line": (2, 2),
    "Circle": (3, 3),
    "Ellipse": (3, 4),
    "Spline": (2, MOST_NUMBERS),
    "BSpline": (2, MOST_NUMBERS),
    "Bezier": (2, MOST_NUMBERS),
    "Curve Loop": (1, MOST_NUMBERS),
    "Line Loop": (1, MOST_NUMBERS),
    "Plane Surface": (1, MOST_NUMBERS),
}
#: What has a name or a number, and a list.
_GROUPS = ("Physical Point", "Physical Curve", "Physical Line", "Physical Surface")
#: What has a list and a number: ``MeshSize {1, 2} = 0.1;``.
_LISTED = ("MeshSize", "Characteristic Length", "Transfinite Curve", "Transfinite Line")
_FIELD_LISTS = ("PointsList", "CurvesList", "SurfacesList", "NodesList", "EdgesList", "FacesList", "FieldsList")
#: Fields of sizes, and their options.
_FIELDS: dict[str, tuple[str, ...]] = {
    "Distance": (*_FIELD_LISTS[:6], "Sampling", "NumPointsPerCurve", "NNodesByEdge"),
    "Threshold": (
        "InField", "IField", "SizeMin", "LcMin", "SizeMax", "LcMax", "DistMin", "DistMax", "Sigmoid", "StopAtDistMax",
    ),
    "Box": ("VIn", "VOut", "XMin", "XMax", "YMin", "YMax", "ZMin", "ZMax", "Thickness"),
    "Ball": ("VIn", "VOut", "XCenter", "YCenter", "ZCenter", "Radius", "Thickness"),
    "Min": ("FieldsList",),
    "Max": ("FieldsList",),
}  # fmt: skip
#: Options of Gmsh that change how large triangles are and how they are laid.
_OPTIONS = (
    "Mesh.MeshSizeMin", "Mesh.MeshSizeMax", "Mesh.MeshSizeFactor", "Mesh.MeshSizeFromPoints",
    "Mesh.MeshSizeFromCurvature", "Mesh.MeshSizeExtendFromBoundary", "Mesh.CharacteristicLengthMin",
    "Mesh.CharacteristicLengthMax", "Mesh.CharacteristicLengthFactor", "Mesh.CharacteristicLengthFromPoints",
    "Mesh.CharacteristicLengthFromCurvature", "Mesh.CharacteristicLengthExtendFromBoundary", "Mesh.Algorithm",
    "Mesh.Smoothing",
)  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "Sin": math.sin, "Cos": math.cos, "Tan": math.tan, "Asin": math.asin, "Acos": math.acos, "Atan": math.atan,
    "Atan2": math.atan2, "Sinh": math.sinh, "Cosh": math.cosh, "Tanh": math.tanh, "Exp": math.exp, "Log": math.log,
    "Log10": math.log10, "Sqrt": math.sqrt, "Fabs": math.fabs, "Floor": math.floor, "Ceil": math.ceil,
    "Hypot": math.hypot, "Min": min, "Max": max,
}  # fmt: skip
_PAIRS = {"Atan2", "Hypot", "Min", "Max"}
COMMANDS = (*_SHAPES, *_GROUPS, *_LISTED, "Field", "Background Field", "For", "EndFor", *_OPTIONS)
_LISTING = (*COMMANDS[: -len(_OPTIONS)], "options of mesh sizes")
_FIRST_WORDS = {command.split()[0] for command in COMMANDS}

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<unended>/\*)"
    r"|(?P<number>(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,9})?(?![A-Za-z0-9_.]))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r'|(?P<name>"[^"\n]*")'
    r"|(?P<mark>[-+*/^(){}\[\],;:=.])",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z0-9_ .+-]{1,60}")


class Token(NamedTuple):
    """A word of the text, and its line."""

    kind: str
    text: str
    line: int


def rewritten(name: str, text: str) -> str:
    """Commands for Gmsh that make the geometry of a text, and nothing else.

    Parameters
    ----------
    name : str
        Name of the file, for errors.
    text : str

    Returns
    -------
    str
        One command in each line.

    Raises
    ------
    PhasefieldError
        Something that is not in the language, with its line.
    """
    if len(text) > MOST_BYTES:
        raise PhasefieldError(f"{name} is longer than {MOST_BYTES} bytes", code="limit-passed")
    reader = _Reader(name, list(_tokens(name, text)))
    return "\n".join(reader.program()) + "\n"


def _tokens(name: str, text: str) -> Iterator[Token]:
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


class _Reader:
    """Evaluates the text while it reads it; loops go back."""

    def __init__(self, name: str, tokens: list[Token]):
        self.name, self.tokens, self.at = name, tokens, 0
        self.variables: dict[str, float] = {"Pi": math.pi}
        self.fields: dict[int, str] = {}
        self.commands: list[str] = []
        self.work = self.depth = 0

    def program(self) -> list[str]:
        while self.here.kind != "end":
            self.statement()
        return self.commands

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
            self.fault(f"expected {' or '.join(map(repr, texts))}, found {_shown(token)}")
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
            self.fault(f"{_shown(token)} is no {what}{hint}; there are {', '.join(allowed)}", code="unknown-name")
        self.at += 1
        return token.text

    def spend(self, amount: int = 1) -> None:
        """Count the work, so that loops end."""
        self.work += amount
        if self.work > MOST_WORK:
            self.fault(f"more than {MOST_WORK} statements and numbers, with those of loops", code="limit-passed")

    # -- statements --------------------------------------------------------------------------------------

    def statement(self) -> None:
        self.spend()
        token = self.here
        if token.kind == "word" and token.text in _FIRST_WORDS:
            self.command()
        elif token.kind == "word" and self.tokens[self.at + 1].text == "=" and "." not in token.text:
            if token.text in _FUNCTIONS or token.text == "Pi":
                self.fault(f"{token.text!r} is not a valid name of a variable")
            self.at += 2
            self.variables[token.text] = self.expression()
            self.take(";")
        else:
            self.unknown(token)

    def unknown(self, token: Token) -> NoReturn:
        near = difflib.get_close_matches(token.text[:40], COMMANDS, 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        self.fault(
            f"a geometry may not have {_shown(token)}{hint}, but variables, {', '.join(_LISTING)}. Of another one that "
            "you trust, make the mesh with Gmsh, and name that (.msh)",
            token,
            "unknown-name",
        )

    def command(self) -> None:
        first = self.here
        self.at += 1
        command = first.text
        if command not in COMMANDS or f"{command} {self.here.text}" in COMMANDS:
            command = f"{command} {self.here.text}"
            if command not in COMMANDS:
                self.unknown(Token("word", command, first.line))
            self.at += 1
        if command == "For":
            self.loop(first)
        elif command == "EndFor":
            self.fault("'EndFor' without 'For'", first)
        elif command == "Field":
            self.field()
        elif command == "Background Field":
            self.take("=")
            self.emit(f"Background Field = {self.tag()}")
        elif command in _OPTIONS:
            self.take("=")
            self.emit(f"{command} = {_written(self.expression())}")
        elif command in _LISTED:
            self.listed(command)
        elif command in _GROUPS:
            self.take("(")
            group = self.group()
            self.take(")")
            self.take("=")
            self.emit(f"{command}({group}) = {_braced(self.numbers(integers=True))}")
        else:
            self.shape(command)

    def emit(self, command: str) -> None:
        self.take(";")
        self.commands.append(f"{command};")

    def shape(self, command: str) -> None:
        self.take("(")
        tag = self.tag()
        self.take(")")
        self.take("=")
        least, most = _SHAPES[command]
        numbers = self.numbers(integers=command != "Point")
        if not least <= len(numbers) <= most:
            wanted = str(least) if least == most else f"{least} or more" if most > 4 else f"{least} or {most}"
            self.fault(f"{command} has {len(numbers)} numbers; {wanted} are wanted")
        self.emit(f"{command}({tag}) = {_braced(numbers)}")

    def group(self) -> str:
        """Name, name and number, or number of a physical group."""
        if self.here.kind != "name":
            return str(self.tag())
        name = self.here.text[1:-1]
        if not _NAME.fullmatch(name):
            self.fault(f"the name {_shown(self.here)} may have letters, digits, spaces, '_', '.', '+', '-'; 60 at most")
        self.at += 1
        return f'"{name}", {self.tag()}' if self.accept(",") else f'"{name}"'

    def listed(self, command: str) -> None:
        numbers = _braced(self.numbers(integers=True))
        self.take("=")
        value = self.tag() if command.startswith("Transfinite") else self.expression()
        text = f"{command} {numbers} = {_written(value)}"
        if command.startswith("Transfinite") and self.accept("Using"):
            text += f" Using {self.take('Progression', 'Bump')} {_written(self.expression())}"
        self.emit(text)

    def field(self) -> None:
        self.take("[")
        tag = self.tag()
        self.take("]")
        if self.accept("="):
            kind = self.word(_FIELDS, "field of sizes")
            self.fields[tag] = kind
            self.emit(f"Field[{tag}] = {kind}")
            return
        self.take(".")
        if tag not in self.fields:
            self.fault(f"Field[{tag}] has no kind yet")
        option = self.word(_FIELDS[self.fields[tag]], f"option of a field {self.fields[tag]!r}")
        self.take("=")
        value = _braced(self.numbers(integers=True)) if option in _FIELD_LISTS else _written(self.expression())
        self.emit(f"Field[{tag}].{option} = {value}")

    def loop(self, first: Token) -> None:
        """``For i In {a:b:step} … EndFor``."""
        variable = self.here
        if variable.kind != "word" or "." in variable.text or variable.text in (*_FUNCTIONS, *_FIRST_WORDS, "Pi"):
            self.fault(f"{_shown(variable)} is not a valid name of a variable")
        self.at += 1
        self.take("In")
        self.take("{")
        start = self.expression()
        self.take(":")
        stop = self.expression()
        step = self.expression() if self.accept(":") else 1.0
        self.take("}")
        begin = self.at
        with _Deeper(self):
            passed = False
            for value in self.span(start, stop, step):
                self.at, self.variables[variable.text], passed = begin, value, True
                self.spend()  # also where the loop is empty
                while self.here.text != "EndFor":
                    if self.here.kind == "end":
                        self.fault("'For' without 'EndFor'", first)
                    self.statement()
        if not passed:
            self.skip_loop(first)
        self.take("EndFor")

    def skip_loop(self, first: Token) -> None:
        inside = 0
        while inside or self.here.text != "EndFor":
            inside += (self.here.text == "For") - (self.here.text == "EndFor")
            if self.here.kind == "end":
                self.fault("'For' without 'EndFor'", first)
            self.spend()
            self.at += 1

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
            self.fault(f"{_written(value)} is not a number of an entity, which must be whole and positive")
        return int(value)

    def expression(self) -> float:
        """Sum; products bind stronger, then signs, then powers, as in Gmsh. Finite."""
        token = self.here
        with _Deeper(self):
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
            with _Deeper(self):
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
        if token.text in _FUNCTIONS:
            bracket = ")" if self.take("(", "[") == "(" else "]"
            arguments = [self.expression()]
            if token.text in _PAIRS:
                self.take(",")
                arguments.append(self.expression())
            self.take(bracket)
            return _FUNCTIONS[token.text](*arguments)
        if token.kind == "word" and token.text in self.variables:
            return self.variables[token.text]
        self.at -= 1
        if token.kind != "word":
            self.fault(f"expected a number, found {_shown(token)}")
        near = difflib.get_close_matches(token.text[:40], [*self.variables, *_FUNCTIONS], 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        self.fault(f"{_shown(token)} has no value{hint}", code="unknown-name")


class _Deeper:
    """Counts how deep expressions and loops are nested."""

    def __init__(self, reader: _Reader):
        self.reader = reader

    def __enter__(self) -> None:
        self.reader.depth += 1
        if self.reader.depth > DEEPEST:
            self.reader.fault(f"nested deeper than {DEEPEST}", code="limit-passed")

    def __exit__(self, *error) -> None:
        self.reader.depth -= 1


def _shown(token: Token) -> str:
    return token.text if token.kind == "end" else repr(token.text[:40])


def _written(value: float) -> str:
    """Read by Gmsh as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 2**31 else repr(float(value))


def _braced(numbers: list[float]) -> str:
    return "{" + ", ".join(map(_written, numbers)) + "}"
