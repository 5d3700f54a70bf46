"""How the sources are laid out: small modules, each in the room that its subject has."""

from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
#: What may stand beside the rooms: the program's entrances, and what all of it needs.
BESIDE = {"__init__", "__main__", "cli", "compare", "errors", "parallel", "units"}
#: Lines of the median module.
LINES = 120


def lengths(package: str) -> dict[Path, int]:
    """Lines of each module with anything in it; phasefield/postprocess is a link to postprocess."""
    paths = (path for path in (ROOT / package).rglob("*.py") if path.resolve().is_relative_to(ROOT / package))
    found = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return {path: lines for path, lines in found.items() if lines}


def test_the_median_module_is_short():
    found = [lines for package in ("phasefield", "postprocess") for lines in lengths(package).values()]
    assert len(found) > 200
    assert median(found) <= LINES


def test_rooms():
    """Every other module is in one; a room is a package with a subject of its own."""
    modules = {path.stem for path in (ROOT / "phasefield").glob("*.py")}
    assert modules <= BESIDE
    rooms = {path.parent.name for path in (ROOT / "phasefield").glob("*/__init__.py")}
    assert rooms - {"cli"} == {
        "check", "deck", "engines", "io", "materials", "mechanics", "mesh", "physics", "postprocess", "run", "study",
        "theory", "units", "verify",
    }  # fmt: skip


def test_every_physics_has_the_same_modules():
    """By these names the registry, the checks and the import contracts find them."""
    physics = [p.parent for p in (ROOT / "phasefield/physics").glob("*/__init__.py") if p.parent.name != "common"]
    assert len(physics) >= 5
    for folder in physics:
        packages = {path.parent.name for path in folder.glob("*/__init__.py")}
        names = packages | {path.stem for path in folder.glob("*.py")}
        assert {"deck", "case", "record", "check"} <= names, folder.name
