"""The part of Gmsh's geometry language that decks may use; texts are evaluated here and rewritten for Gmsh.

Gmsh's language can run programs, read and write files. So the text of a deck never reaches Gmsh: it is parsed and
evaluated here, and Gmsh gets commands that this module writes, of numbers and of names without special characters.
The language has: numbers, variables, arithmetic, ``For`` loops, points, curves, loops, plane surfaces, physical
groups, fields of mesh sizes, options of mesh sizes. Decision and alternatives: docs/decisions/028.
"""

from __future__ import annotations

import difflib
import re
from typing import NoReturn

from phasefield.errors import PhasefieldError
from phasefield.mesh.expressions import FUNCTIONS, MOST_NUMBERS, Deeper, Expressions, Token, shown, tokens_of, written

#: The longest text that is parsed [byte].
MOST_BYTES = 2_000_000

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
COMMANDS = (*_SHAPES, *_GROUPS, *_LISTED, "Field", "Background Field", "For", "EndFor", *_OPTIONS)
_LISTING = (*COMMANDS[: -len(_OPTIONS)], "options of mesh sizes")
_FIRST_WORDS = {command.split()[0] for command in COMMANDS}

_NAME = re.compile(r"[A-Za-z0-9_ .+-]{1,60}")


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
    reader = _Reader(name, list(tokens_of(name, text)))
    return "\n".join(reader.program()) + "\n"


class _Reader(Expressions):
    """Evaluates the text while it reads it; loops go back."""

    def __init__(self, name: str, tokens: list[Token]):
        super().__init__(name, tokens)
        self.fields: dict[int, str] = {}
        self.commands: list[str] = []

    def program(self) -> list[str]:
        while self.here.kind != "end":
            self.statement()
        return self.commands

    # -- statements --------------------------------------------------------------------------------------

    def statement(self) -> None:
        self.spend()
        token = self.here
        if token.kind == "word" and token.text in _FIRST_WORDS:
            self.command()
        elif token.kind == "word" and self.tokens[self.at + 1].text == "=" and "." not in token.text:
            if token.text in FUNCTIONS or token.text == "Pi":
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
            f"a geometry may not have {shown(token)}{hint}, but variables, {', '.join(_LISTING)}. Of another one that "
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
            self.emit(f"{command} = {written(self.expression())}")
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
            self.fault(f"the name {shown(self.here)} may have letters, digits, spaces, '_', '.', '+', '-'; 60 at most")
        self.at += 1
        return f'"{name}", {self.tag()}' if self.accept(",") else f'"{name}"'

    def listed(self, command: str) -> None:
        numbers = _braced(self.numbers(integers=True))
        self.take("=")
        value = self.tag() if command.startswith("Transfinite") else self.expression()
        text = f"{command} {numbers} = {written(value)}"
        if command.startswith("Transfinite") and self.accept("Using"):
            text += f" Using {self.take('Progression', 'Bump')} {written(self.expression())}"
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
        value = _braced(self.numbers(integers=True)) if option in _FIELD_LISTS else written(self.expression())
        self.emit(f"Field[{tag}].{option} = {value}")

    def loop(self, first: Token) -> None:
        """``For i In {a:b:step} … EndFor``."""
        variable = self.here
        if variable.kind != "word" or "." in variable.text or variable.text in (*FUNCTIONS, *_FIRST_WORDS, "Pi"):
            self.fault(f"{shown(variable)} is not a valid name of a variable")
        self.at += 1
        self.take("In")
        self.take("{")
        start = self.expression()
        self.take(":")
        stop = self.expression()
        step = self.expression() if self.accept(":") else 1.0
        self.take("}")
        begin = self.at
        with Deeper(self):
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


def _braced(numbers: list[float]) -> str:
    return "{" + ", ".join(map(written, numbers)) + "}"
