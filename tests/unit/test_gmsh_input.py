"""Geometries and meshes from strangers: the language of geometries, the fence around Gmsh, the reader of MSH."""

import errno
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from phasefield.errors import PhasefieldError
from phasefield.mesh import confined, expressions, geometry, gmsh, msh
from phasefield.mesh.triangles import Triangles, parsed, read_triangles
from tests import meshes
from tests.errors import refused
from tests.meshes import needs_gmsh


def commands(text: str) -> list[str]:
    return geometry.rewritten("a.geo", text).splitlines()


# -- the language of geometries --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4), ("2^-1", 0.5), ("2^3^2", 512), ("1 - 2 - 3", -4), ("8/4/2", 1), ("2 + 3*4", 14), ("-(1 + 1)", -2),
        ("Pi", math.pi), ("Sin(1)^2 + Cos[1]^2", 1), ("Atan2(1, -1)", 0.75 * math.pi), ("Sqrt(2)", 2**0.5), (".5e1", 5),
        ("1.", 1), ("--3", 3), ("Max(1, Min(7, 3))", 3), ("a/3", 2 / 3),
    ],
)  # fmt: skip
def test_arithmetic(text, value):
    """As in Gmsh: powers bind stronger than signs, and from the right."""
    (made,) = commands(f"a = 2; Point(1) = {{{text}, 0, 0}};")
    assert float(made.split("{")[1].split(",")[0]) == pytest.approx(value, abs=1e-15)


@needs_gmsh
def test_gmsh_computes_the_same(tmp_path):
    """Numbers of expressions, as Gmsh itself prints them."""
    texts = ["-2^2", "2^-1", "2^3^2", "1-2-3", "8/4/2", "-3^2*2", "2*-3", "10/3", "Exp(1)", "Hypot(3, 4)", "1e-3+2.5E2"]
    lines = [f'Printf("%.17g", {text}) >> "{tmp_path}/printed";\n' for text in texts]
    (tmp_path / "a.geo").write_text("".join(lines))
    places, program = gmsh.find_gmsh()
    subprocess.run([program, str(tmp_path / "a.geo"), "-0"], capture_output=True, timeout=60, env={"PATH": places})
    told = [float(line) for line in (tmp_path / "printed").read_text().split()]
    mine = [commands(f"Point(1) = {{{text}, 0, 0}};")[0].split("{")[1].split(",")[0] for text in texts]
    assert told == [float(number) for number in mine]


def test_loops_and_ranges():
    """A curve of many points; loops in loops; one that is never run."""
    text = """
    For i In {0:2}
      For j In {1:2:0.5} Point(10*i + 2*j) = {i, j, 0}; EndFor
    EndFor
    For k In {2:1} For l In {1:3} Point(99) = {0, 0, 0}; EndFor EndFor
    Spline(1) = {2:4, 12:14}; Curve Loop(1) = {-3:-1};
    """
    made = commands(text)
    assert len(made) == 11 and made[4] == "Point(13) = {1, 1.5, 0};"
    assert made[-2:] == ["Spline(1) = {2, 3, 4, 12, 13, 14};", "Curve Loop(1) = {-3, -2, -1};"]


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        ("Point(1) = {1, 2};", "syntax", ("Point", "2", "3", "4")),
        ("\n\nPlane Surfce(1) = {1};", "unknown-name", ("line 3:", "'Plane Surfce'", "'Plane Surface'?")),
        ("width = 1;\nx = widht;", "unknown-name", ("line 2:", "'widht'", "'width'?")),
        ("Field[1] = Distence;", "unknown-name", ("'Distence'", "'Distance'?")),
        ("Field[1] = Distance; Field[1].CurvList = {1};", "unknown-name", ("'CurvList'", "'CurvesList'?")),
        ("Field[1].Sampling = 3;", "syntax", ("Field[1]",)),
        ("x = 1/0;", "no-number", ()), ("x = (-1)^0.5;", "no-number", ()), ("x = 1e999;", "no-number", ()),
        ("x = Exp(1000);", "no-number", ()), ("x = 1e308*10;", "no-number", ()),
        ("Line(1.5) = {1, 2};", "syntax", ("1.5",)), ("Line(1) = {1, 0};", "syntax", ("0",)),
        ("Line(1) = {1, 2}", "syntax", ("';'",)), ("/* never ends", "syntax", ("/*",)),
        ('Physical Curve("a\x1b[31m") = {1};', "syntax", (r"a\x1b[31m", "'_'")),
        ('Physical Curve("' + 61 * "a" + '") = {1};', "syntax", ("60",)),
        ("x = " + 60 * "(" + "1" + 60 * ")" + ";", "limit-passed", (expressions.DEEPEST,)),
        ("x = " + "2^" * 60 + "2;", "limit-passed", (expressions.DEEPEST,)),
        (60 * "For i In {1:1} ", "limit-passed", (expressions.DEEPEST,)),
        ("For i In {1:1e9} EndFor", "limit-passed", (expressions.MOST_NUMBERS,)),
        ("For i In {1:2:0} EndFor", "limit-passed", (expressions.MOST_NUMBERS,)),
        ("For i In {1:90000} For j In {1:90000} EndFor EndFor", "limit-passed", (1000000,)),
        ("For i In {1:90000} For j In {2:1} x = 1 + 1 + 1; EndFor EndFor", "limit-passed", (1000000,)),
        ("For i In {1:90000} Spline(1) = {1:90000}; EndFor", "limit-passed", (1000000,)),
        ("For i In {1:2} x = 1;", "syntax", ("'For'", "'EndFor'")), ("EndFor", "syntax", ("'EndFor'", "'For'")),
        ("x = 1" + 2_000_000 * " " + ";", "limit-passed", (geometry.MOST_BYTES,)),
    ],
)  # fmt: skip
def test_faults_are_named(text, code, names):
    """One error with file and line; loops and lists come to an end."""
    with refused(PhasefieldError, code, *names) as caught:
        commands(text)
    assert str(caught.value).startswith("a.geo, line " if len(text) < geometry.MOST_BYTES else "a.geo ")


def test_scanning_takes_no_longer_than_the_text_is_long():
    """Digits and comments that never end, by the hundred thousand."""
    for text in (300_000 * "1" + "a", 300_000 * "/*", 300_000 * "-" + "a", 300_000 * '"', 300_000 * "a"):
        with pytest.raises(PhasefieldError):
            commands(f"x = {text};")


def test_what_reaches_gmsh_is_written_here():
    """Random texts of words that are allowed and others: what comes out has no words but those of the language."""
    words = [
        *geometry.COMMANDS, "SystemCall", "Printf", '"a;b"', ">", '"path"', "(1)", "=", "{1, 2}", ";", "x", "\n",
        "/*", "*/", "//", "{0, 0, 0}", '("bottom")', "[1]", ".", "Distance", "2", "-", "^", "In", "{1:2}", '"',
    ]  # fmt: skip
    known = {part for command in geometry.COMMANDS for part in command.replace(".", " ").split()}
    known |= {"Distance", "bottom", "Using", "Progression", "Bump", "e"}
    rng, accepted = random.Random(1), 0
    for _ in range(10_000):
        text = "x = 1; Field[1] = Distance; " + "".join(rng.choices(words, k=rng.randint(1, 9)))
        try:
            made = geometry.rewritten("a.geo", text)
        except PhasefieldError:
            continue
        accepted += 1
        assert set("".join(c if c.isalpha() else " " for c in made).split()) <= known and ">" not in made, text
    assert accepted > 100


@needs_gmsh
@pytest.mark.parametrize("name", ["flat", "curved"])
def test_same_mesh_as_of_the_text_itself(tmp_path, name):
    """The shipped geometry and that of tests: Gmsh makes the same triangles from the rewritten text."""
    path = tmp_path / f"{name}.geo"
    if name == "flat":
        path.write_text(meshes.RECTANGLE.format(edge=0.3, width=4, height=16))
    else:
        path.write_text((meshes.INPUTS / "curved_electrode.geo").read_text())
    assert gmsh.mesh_text(path) == by_gmsh(path, "msh2").read_text()


def by_gmsh(path, form):
    """The mesh that Gmsh makes of a file, without our hands in between."""
    places, program = gmsh.find_gmsh()
    out = path.with_suffix(f".{form}.msh")
    command = [program, str(path), "-2", "-nt", "1", "-format", form, "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": places}, timeout=100)
    return out


# -- the fence -------------------------------------------------------------------------------------------


def instead_of_gmsh(monkeypatch, folder, script):
    """A program in Gmsh's place; its sixth argument is the mesh that it is to write."""
    program = folder / "gmsh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(gmsh, "find_gmsh", lambda: ("/usr/bin:/bin", str(program)))
    path = folder / "a.geo"
    path.write_text("Point(1) = {0, 0, 0};\n")
    return path


def landlock() -> int:
    """Its version here, asked in another process: a fence cannot be taken down."""
    code = "import sys, tempfile; from phasefield.mesh.confined import fence; print(fence(tempfile.gettempdir()))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(landlock() == 0, reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    "attempt",
    ["echo x > {there}/new", "echo x > {there}/file", "echo x >> {there}/file", "rm {there}/file",
     "mkdir {there}/new", "mv {there}/file {there}/new", "ln -s /etc/passwd {there}/new", "ln {there}/file {there}/new",
     "mkfifo {there}/new", "ln -s {there}/file link; echo x > link"],
)  # fmt: skip
def test_nothing_is_written_outside(tmp_path, monkeypatch, attempt):
    """Any program in place of Gmsh, with any bug, can write only in its own directory."""
    there = tmp_path / "there"
    there.mkdir()
    (there / "file").write_text("before")
    path = instead_of_gmsh(monkeypatch, tmp_path, f"({attempt.format(there=there)}); echo mesh > mesh.msh")
    assert gmsh.mesh_text(path) == "mesh\n"
    assert [p.name for p in there.iterdir()] == ["file"] and (there / "file").read_text() == "before"


def test_size_and_time_are_bounded(tmp_path, monkeypatch):
    """A mesh larger than is read, and a program that never ends; each is said."""
    path = instead_of_gmsh(monkeypatch, tmp_path, f"exec truncate -s {confined.LARGEST + 1} mesh.msh")
    with refused(PhasefieldError, "gmsh-failed", "a.geo: ", os.strerror(errno.EFBIG)):
        gmsh.mesh_text(path)
    monkeypatch.setattr(gmsh, "LONGEST", 1)
    path = instead_of_gmsh(monkeypatch, tmp_path, "exec sleep 60")
    with refused(PhasefieldError, "limit-passed", "1 s ", "a.geo"):
        gmsh.mesh_text(path)
    path = instead_of_gmsh(monkeypatch, tmp_path, "while :; do :; done")
    with refused(PhasefieldError, "limit-passed", "1 s", "a.geo"):
        gmsh.mesh_text(path)


@needs_gmsh
def test_triangles_too_small_to_make(tmp_path, monkeypatch):
    """A line cut into 10⁸ pieces ends at a bound, not with the machine."""
    monkeypatch.setattr(gmsh, "LONGEST", 2)
    path = tmp_path / "flat.geo"
    path.write_text(meshes.RECTANGLE.format(edge=1e-4, width=4, height=16))
    with pytest.raises(PhasefieldError, match="Gmsh"):
        gmsh.mesh_text(path)


@needs_gmsh
def test_saved_options_of_a_user_do_not_count(tmp_path, monkeypatch):
    """Files that Gmsh reads in a home when it starts."""
    path = tmp_path / "flat.geo"
    path.write_text(meshes.RECTANGLE.format(edge=0.6, width=4, height=16))
    before = gmsh.mesh_text(path)
    for name in (".gmshrc", ".gmsh-options"):
        (tmp_path / name).write_text(f'Mesh.MeshSizeFactor = 0.5; Printf("x") > "{tmp_path}/touched";\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GMSH_HOME", raising=False)
    assert gmsh.mesh_text(path) == before and not (tmp_path / "touched").exists()


# -- MSH -------------------------------------------------------------------------------------------------


def read(folder, text) -> Triangles:
    (folder / "a.msh").write_text(text)
    return read_triangles(folder / "a.msh")


def same(one: Triangles, other: Triangles) -> bool:
    arrays = [(mesh.points, mesh.corners, *mesh.ends.values()) for mesh in (one, other)]
    return all(np.array_equal(a, b) for a, b in zip(*arrays, strict=True))


@needs_gmsh
@pytest.mark.parametrize("geometry_text", ["flat", "curved"])
def test_both_formats_have_the_same_triangles(tmp_path, geometry_text):
    """The same geometry saved by Gmsh as MSH 2.2 and, its default, 4.1."""
    path = tmp_path / "a.geo"
    flat = meshes.RECTANGLE.format(edge=0.6, width=4, height=16)
    curved = (meshes.INPUTS / "curved_electrode.geo").read_text().replace("fine = 0.235", "fine = 0.8")
    path.write_text(flat if geometry_text == "flat" else curved)
    old, new = (read_triangles(by_gmsh(path, form)) for form in ("msh2", "msh41"))
    assert "\n4.1 0 8\n" in new.text and "\n2.2 0 8\n" in old.text and old.count > 100
    assert same(old, new)


def test_format_4_by_hand(tmp_path):
    """The square of four triangles: nodes with parameters, a curve in two groups, one taken backwards, other parts."""
    assert same(read(tmp_path, meshes.SQUARE_4), read(tmp_path, meshes.SQUARE))
    assert same(read(tmp_path, meshes.SQUARE_4.replace("\n", "\r\n")), read(tmp_path, meshes.SQUARE))


@pytest.mark.parametrize("text", [meshes.SQUARE, meshes.SQUARE_4], ids=["2.2", "4.1"])
@pytest.mark.parametrize(
    ("old", "new", "code", "names"),
    [
        ("0 8\n", "1 8\n", "unreadable", (" 1'", "4.1", "2.2")), ("$Nodes", "$Knots", "unreadable", ("$Knots",)),
        ("$EndElements", "", "unreadable", ("$Elements",)), ("0.5 0.5 0", "nan 0.5 0", "no-number", ("$Nodes",)),
        ("0.5 0.5 0", "inf 0.5 0", "no-number", ("$Nodes",)), ("0.5 0.5 0", "1e200 0.5 0", "limit-passed", ("1e100",)),
        ("0.5 0.5 0", "half 0.5 0", "no-number", ("$Nodes",)), ("0.5 0.5 0", "0.5 0.5", "unreadable", ("$Nodes",)),
        ("0.5 0.5 0", "0.5 0.5 0.1", "bad-mesh", (" x ", " y")),
        ('"bottom"', '"bo\x1b[31mttom"', "unreadable", ("$PhysicalNames",)),
        ('"bottom"', '"botom"', "bad-mesh", ("'bottom'", "'botom'?")),
        ('1 1 "bottom"', '1 x "bottom"', "unreadable", ("$PhysicalNames",)),
        ("$EndNodes", "7 7 7 7\n$EndNodes", "unreadable", ("$Nodes",)),
        ("$MeshFormat", "$Mesh", "unreadable", ("$MeshFormat",)),
        ("$EndNodes\n", "$EndNodes\n$Nodes\n1\n$EndNodes\n", "unreadable", ("$Nodes",)),
    ],
)  # fmt: skip
def test_faults_of_meshes(tmp_path, text, old, new, code, names):
    assert old in text
    with refused(PhasefieldError, code, *names):
        read(tmp_path, text.replace(old, new, 1))


def test_triangles_that_overlap(tmp_path):
    """One that is there twice, as of two physical surfaces in MSH 2.2."""
    twice = meshes.SQUARE.replace("\n7\n1 15", "\n8\n1 15").replace("$EndElements", "8 2 2 4 1 1 2 5\n$EndElements")
    with pytest.raises(PhasefieldError, match="overlap"):
        read(tmp_path, twice)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", [meshes.SQUARE, meshes.SQUARE_4], ids=["2.2", "4.1"])
def test_mutated_meshes(text):
    """Cut anywhere, any number replaced: an error of one line, or triangles with areas; memory as is, not as said."""
    words, rng = text.replace("\n", " \n ").split(" "), random.Random(2)
    wild = ["-1", "0", "1", "2", "7", "15", "1e15", "-999999999999999", "9" * 40, "nan", "1e308", "0.5", "x", "", "$"]
    mutated = [text[:cut] for cut in range(len(text) - 1)]
    mutated += [" ".join([*words[:k], value, *words[k + 1 :]]) for k in range(len(words)) for value in wild]
    for _ in range(2000):
        changed = list(words)
        for _ in range(rng.randint(2, 5)):
            changed[rng.randrange(len(changed))] = rng.choice(wild)
        mutated.append(" ".join(changed))
    rejected = 0
    for attempt in mutated:
        try:
            found = parsed(attempt)
        except PhasefieldError as error:
            rejected += 1
            assert "\n" not in str(error) and len(str(error)) < 300
        else:
            assert found.areas.min() > 0 and np.all(np.isfinite(found.points))
    assert rejected > len(mutated) // 2


def test_counts_are_not_believed():
    """10¹⁵ of anything in a file of a few lines."""
    for section in ("Nodes", "Elements", "Entities"):
        head, tail = meshes.SQUARE_4.split(f"${section}\n")
        with pytest.raises(PhasefieldError):
            msh.parse(f"{head}${section}\n1000000000000000 1000000000000000 1 1\n{tail}")
