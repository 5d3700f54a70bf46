"""Meshes in decks: their properties, and the errors of invalid ones."""

import re

import numpy as np
import pytest

from phasefield.check import derived, errors, report, warnings
from phasefield.cli import main
from phasefield.deck import load_deck, parse_deck
from phasefield.errors import DeckError, PhasefieldError
from phasefield.mesh import gmsh
from phasefield.mesh.triangles import MESH, read_triangles
from phasefield.study import load_study
from tests import meshes
from tests.errors import refused
from tests.meshes import SQUARE, needs_gmsh


@pytest.fixture
def deck(tmp_path):
    """A deck on the square of four triangles: no Gmsh is needed."""
    path = meshes.flat_deck(tmp_path)
    path.write_text(path.read_text().replace("flat.geo", "square.msh").replace('"1 um"', '"16 um"'))
    (tmp_path / "square.msh").write_text(SQUARE)
    return path


def refusal(path, *overrides):
    """The only problem of a deck."""
    with pytest.raises(DeckError) as caught:
        load_deck(path, overrides)
    (problem,) = caught.value.problems
    assert str(path) in str(caught.value)
    return str(problem)


# -- meshes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("2.2 0 8", "4 0 8"), ["'4 0'", "4.1", "2.2", "ASCII"]),
        (("2.2 0 8", "2.2 1 8"), ["'2.2 1'"]),
        (('"bottom"', '"botom"'), ["'bottom'", "botom, top", "'botom'?"]),
        (('1 2 "top"', '2 2 "top"'), ["'top'", " bottom"]),
        (("2 1 2 1 1 1 2", "2 1 2 1 1 1 5"), ["'bottom'"]),
        (("3 1 1 0", "3 1 1 0.5"), ["plane"]),
        (("5 0.5 0.5 0", "5 0.5 0 0"), ["area"]),
        (("4 2 2 3 1 1 2 5", "4 3 2 3 1 1 2 3 5"), ["corners"]),
        (("4 2 2 3 1 1 2 5", "4 2 2 3 1 1 2 77"), ["node 77"]),
        (("1 0 0 0\n", "1 0 zero 0\n"), ["$Nodes"]),
        (("$Elements\n7", "$Elemente\n7"), ["$Elemente"]),
        (("PhysicalNames", "Names"), ["physical"]),
        ((SQUARE, "what is this?"), ["$MeshFormat"]),
        (("6 2 2 3 1 4 3 5\n7 2 2 3 1 4 1 5\n", ""), ["mesh"]),
        ((SQUARE[60:], ""), ["mesh"]),
    ],
)
def test_meshes_that_cannot_be_used(deck, change, names):
    """One problem, of the key that names the file."""
    path = deck.with_name("square.msh")
    path.write_text(path.read_text().replace(*change))
    with refused(DeckError, "domain.mesh", '"square.msh": ', *names) as caught:
        load_deck(deck)
    assert len(caught.value.problems) == 1


# -- decks -----------------------------------------------------------------------------------------------


def test_a_deck_knows_its_mesh(deck):
    """Sizes and the number of triangles follow; the copy in the run directory is known by its digest."""
    assert not load_deck(deck).physical_capillarity, "which a mesh does not have: auto is effective"
    domain = load_deck(deck).domain
    assert domain.size == pytest.approx((16e-6, 16e-6)) and domain.cells == (4,) and domain.height == 16e-6
    assert domain.coarsest(1e-9) == pytest.approx(16e-6 * np.sqrt(0.25))
    resolved = load_deck(deck).resolved()["domain"]
    assert resolved["mesh"] == f"{MESH}, SHA-256 {domain.triangles.digest}"
    assert load_deck(deck).attachments["domain.mesh"] == (MESH, SQUARE)


def test_a_box_is_what_it_was(deck):
    """Keys of meshes do not change the digest by which studies know decks in boxes again."""
    given = parse_deck(deck.read_text(), overrides=meshes.IN_A_BOX).model_dump(mode="json", exclude_defaults=True)
    assert set(given["domain"]) == {"dimension", "size", "cells"}


@pytest.mark.parametrize("written", ["/etc/square.msh", "../square.msh", "a/../../square.msh", "..\\\\square.msh"])
def test_path_that_leads_out(deck, written):
    """Only what lies under the deck's own folder can be named."""
    found = refusal(deck, f"domain.mesh={written}")
    assert found.startswith("domain.mesh = ") and ".." in found


def test_link_that_leads_out(deck, tmp_path_factory):
    """Nor by a symbolic link."""
    outside = tmp_path_factory.mktemp("outside") / "square.msh"
    outside.write_text(SQUARE)
    deck.with_name("link.msh").symlink_to(outside)
    assert refusal(deck, "domain.mesh=link.msh").startswith('domain.mesh = "link.msh": ')


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("domain.mesh=nothing.msh", 'domain.mesh = "nothing.msh": '),
        ("domain.mesh=square.stl", "(.msh)"),
        ("domain.mesh=3", "domain.mesh = 3: "),
        ("domain.mesh_unit=", "domain.mesh_unit: "),
        ("domain.mesh_unit=1 V", "domain.mesh_unit"),
        ("domain.dimension=3", "domain.dimension = 3: must be 2"),
        ("domain.cells=[4, 4]", "domain.cells = [4, 4]: "),
        ("front.cosines=[{amplitude='1 um', wavelength='16 um'}]", "front.cosines = [a table]: "),
        ("front.noise={amplitude='1 um', correlation_length='16 um', seed=1}", "front.noise = a table: "),
        ("coating={thickness='1 nm', conductivity='1e-8 S/cm'}", "coating = a table: "),
        ("lithium.anisotropy=0.02", "lithium.anisotropy = 0.02: "),
        ("interface.capillarity=physical", 'interface.capillarity = "physical": '),
        ("solver.engine=compiled", '"fipy" or "auto"'),
    ],
)
def test_keys_that_do_not_fit(deck, override, message):
    """Key, value, what is allowed."""
    assert message in refusal(deck, override)


def test_neither_box_nor_mesh(deck):
    """A size is required where there is no mesh, and a unit of lengths belongs to one."""
    with pytest.raises(DeckError) as caught:
        load_deck(deck, ["domain.mesh="])
    assert [p.key for p in caught.value.problems] == ["domain.mesh_unit", "domain.size"]


def test_other_models_and_texts_have_no_mesh(deck):
    """A mesh is a key of plating alone, and lies beside a file."""
    with refused(DeckError, "domain.mesh"):
        parse_deck(deck.read_text())
    text = deck.read_text().replace("title", 'model = "plating-interphase"\ntitle', 1)
    with refused(DeckError, "domain.mesh", "unknown"):
        parse_deck(text)


def test_studies_have_no_mesh(deck):
    """Members of a study are decks elsewhere: refused as a whole, by the base's key."""
    study = deck.with_name("flat.study.toml")
    study.write_text('base = "flat.toml"\n[[axes]]\nname = "i"\nkey = "drive.steps.0.current_density"\n'
                     'values = ["1 mA/cm^2", "2 mA/cm^2"]\n')  # fmt: skip
    with refused(DeckError, "domain.mesh"):
        load_study(study)


def test_coarse_mesh_is_an_error(deck):
    """Resolution is that beside the electrode: triangles as large as the cell would hold the front."""
    (problem,) = [p for p in errors(load_deck(deck)) if p.key == "interface.width"]
    assert problem.key == "interface.width"


def test_books_of_a_salt_on_fipys_engine(deck):
    """A voltage over a salt conserves only to 1e-4 there, unless tolerances are strict: a warning."""
    for options, warned in (((), True), (("solver.profile=strict",), False)):
        found = warnings(load_deck(deck, (*meshes.LIQUID, *options)))
        assert any(problem.key == "solver.profile" for problem in found) is warned
    in_a_box = warnings(parse_deck(deck.read_text(), overrides=(*meshes.LIQUID, *meshes.IN_A_BOX)))
    assert not any(problem.key == "solver.profile" for problem in in_a_box)


@needs_gmsh
def test_check_tells_the_mesh(tmp_path, capsys):
    """The shipped geometry: triangles, ends, resolution; nothing to complain of."""
    path = meshes.INPUTS / "plating_curved.toml"
    case = load_deck(path)
    assert errors(case) == warnings(case) == []
    text = report(case)
    triangles = case.domain.triangles
    assert f"{triangles.count} triangles" in text and "curved_electrode.geo, 48 µm × 32 µm" in text
    assert triangles.length("bottom") == pytest.approx(2e-6 * (24 - 8 + 4 * np.pi), rel=1e-3)
    assert case.gap == pytest.approx(20e-6, rel=1e-6)
    finer = derived(load_deck(meshes.curved_deck(tmp_path, fine=0.5)))["interface_cells"]
    assert derived(case)["interface_cells"] == pytest.approx(finer * 0.5 / 0.235, rel=0.1)
    main_code(["check", str(path)], 0)
    assert "valid; no errors, no warnings" in capsys.readouterr().out


def main_code(arguments, code):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == code


# -- Gmsh ------------------------------------------------------------------------------------------------


def test_no_gmsh(tmp_path, monkeypatch, capsys):
    """One line, how to get it, and exit code 2."""
    monkeypatch.setattr(gmsh.shutil, "which", lambda *args, **options: None)
    path = meshes.flat_deck(tmp_path)
    main_code(["check", str(path)], 2)
    told = capsys.readouterr().err
    assert told == (
        f'error: {path}:5: domain.mesh = "flat.geo": flat.geo needs Gmsh, which is not installed: '
        "pip install phasefield-li[mesh], or apt install gmsh\n"
    )


@needs_gmsh
def test_fault_in_a_geometry(tmp_path):
    """Gmsh's first complaint, with the name that the deck gives the file."""
    path = meshes.flat_deck(tmp_path)
    geometry = tmp_path / "flat.geo"
    geometry.write_text(geometry.read_text() + "Line(9) = {1, 99};\n")
    assert "Gmsh cannot mesh flat.geo: Error" in (found := refusal(path)) and "99" in found


@pytest.mark.parametrize(
    "line",
    [
        'SystemCall "touch {there}";', 'Include "/etc/passwd";', 'Merge "{there}";', 'Save "{there}";', 'Print "x";',
        'Printf("x") > "{there}";', 'Printf("x") >> Sprintf("{there}");', 'Field[1] = ExternalProcess;',
        'Plugin(Run).Run;', 'General.ErrorFileName = "{there}";', "'\"'; SystemCall \"touch {there}\"; '\"'",
        'Printf("a;b") > "{there}";', 'x = "a;b"; Printf("", x) >> "{there}";', 'Mesh.SaveAll = 1;',
        'x = GetEnv("HOME");',
        'Physical Curve(Sprintf("a")) = {{1}};', 'Call touch;', 'SetFactory("OpenCASCADE"); ShapeFromFile("{there}");',
        'Exit;', 'Delete Physicals;', 'Field[1] = MathEval; Field[1].F = "x";', 'Field[1] = Structured;',
        'Include\n"/etc/passwd";', '/* */ System /* */ "touch {there}";', 'OnelabRun("a", "touch {there}");',
    ],
)  # fmt: skip
def test_geometry_that_reaches_out_is_refused(tmp_path, line):
    """Before Gmsh sees it: a deck from a colleague must be safe to check."""
    there, path = tmp_path / "touched", meshes.flat_deck(tmp_path)
    geometry = tmp_path / "flat.geo"
    geometry.write_text(geometry.read_text() + line.format(there=there) + "\n")
    assert re.search(r"flat\.geo, line [78]: (a geometry may not have|cannot read|'|expected)", refusal(path))
    assert not there.exists()


@needs_gmsh
def test_what_only_looks_alike_is_harmless(tmp_path):
    """Words in comments, and names that contain others."""
    path = meshes.flat_deck(tmp_path)
    geometry = tmp_path / "flat.geo"
    more = "// Merge, Include\n/* SystemCall */ Printfs = 2;\nMeshSize {1} = Printfs;\n"
    geometry.write_text(geometry.read_text() + more)
    assert load_deck(path).domain.triangles.count > 100


def test_mesh_in_binary(deck):
    """Not a text."""
    deck.with_name("square.msh").write_bytes(b"$MeshFormat\n2.2 1 8\n\xff\xfe\x00")
    with pytest.raises(PhasefieldError, match="ASCII"):
        read_triangles(deck.with_name("square.msh"))
