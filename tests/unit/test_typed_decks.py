"""Whatever takes a deck says of which class, so that mypy sees a misspelt key."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules():
    return [path for path in sorted((ROOT / "phasefield").rglob("*.py")) if "postprocess" not in path.parts]


def untyped(source: str) -> list[str]:
    """Functions with a parameter ``deck`` that has no type, or any."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.Lambda))
    found = []
    for node in functions:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        types = [a.annotation and ast.unparse(a.annotation) for a in arguments if a.arg == "deck"]
        found += [getattr(node, "name", "lambda") for kind in types if kind in (None, "Any")]
    return found


def test_every_deck_has_a_class():
    found = {str(path.relative_to(ROOT)): untyped(path.read_text(encoding="utf-8")) for path in modules()}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_search_finds_them():
    assert untyped("def build(deck, scales: Scales): ...") == ["build"]
    assert untyped("def build(*, deck: Any): ...") == ["build"]


def test_a_misspelt_key_is_an_error(tmp_path):
    """In what builds each physics, and in its scales: copies with one wrong letter, read by mypy as the package is."""
    wrong = {}
    for path in sorted((ROOT / "phasefield/physics").glob("*/*.py")):
        if path.name not in ("case.py", "scales.py") or path.parent.name == "common":
            continue
        text = path.read_text(encoding="utf-8")
        key = re.search(r"(?<![\w.])deck\.(\w+)", text)[1]
        copy = tmp_path / f"{path.parent.name}_{path.name}"
        copy.write_text(re.sub(rf"(?<![\w.])deck\.{key}\b", f"deck.{key}k", text, count=1), encoding="utf-8")
        wrong[copy.name] = f'has no attribute "{key}k"'
    assert len(wrong) > 8
    command = [sys.executable, "-m", "mypy", "--config-file", "setup.cfg", *map(str, sorted(tmp_path.glob("*.py")))]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250).stdout.splitlines()
    for name, message in wrong.items():
        assert any(name in line and message in line for line in found), (name, message, found)
