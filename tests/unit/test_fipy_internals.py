"""Which private names of FiPy the package uses; they are why setup.cfg bounds its version on both sides.

A new version of FiPy may rename them without notice: this test then says which. Raise the bound once it passes again.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import fipy
import pytest

PACKAGE = Path(__file__).parents[2] / "phasefield"
#: By name, where FiPy has it: a class of a module, or a module, with the class that has the attribute.
PRIVATE = {
    # Classes: by which the compiled engine recognises what an equation is made of
    "_AbstractBinaryTerm": "terms.abstractBinaryTerm",
    "_AbstractConvectionTerm": "terms.abstractConvectionTerm",
    "_AbstractDiffusionTerm": "terms.abstractDiffusionTerm",
    "_AddOverFacesVariable": "variables.addOverFacesVariable",
    "_ArithmeticCellToFaceVariable": "variables.arithmeticCellToFaceVariable",
    "_Constant": "variables.constant",
    "_ExplicitSourceTerm": "terms.explicitSourceTerm",
    "_FaceGradVariable": "variables.faceGradVariable",
    "_GaussCellGradVariable": "variables.gaussCellGradVariable",
    "_HarmonicCellToFaceVariable": "variables.harmonicCellToFaceVariable",
    # Variables: a value of one's own, what it depends on, and that it is out of date
    "_calcValue": "variables.variable:Variable",
    "_constraints": "variables.variable:Variable",
    "_markStale": "variables.variable:Variable",
    "_requires": "variables.variable:Variable",
    "_value": "variables.variable:Variable",
    # Terms and equations: their variables, and the weight that makes a source linear
    "_getWeight": "terms.sourceTerm:SourceTerm",
    "_transientVars": "terms.abstractBinaryTerm:_AbstractBinaryTerm",
    "_vars": "terms.abstractBinaryTerm:_AbstractBinaryTerm",
    # Meshes: geometry, and which cells a rank owns
    "_faceAreas": "meshes.mesh:Mesh",
    "_globalNonOverlappingCellIDs": "meshes.mesh:Mesh",
    "_orientedAreaProjections": "meshes.mesh:Mesh",
    # Solvers: a solver of one's own
    "_canSolveAsymmetric": "solvers.solver:Solver",
    "_solve_": "solvers.petsc.petscSolver:PETScSolver",
}


def test_list_is_complete():
    assert used() == set(PRIVATE)


@pytest.mark.parametrize("name", PRIVATE)
def test_name_exists(name):
    module, _, owner = PRIVATE[name].partition(":")
    found = importlib.import_module(f"fipy.{module}")
    if not owner:
        assert inspect.isclass(getattr(found, name))
        return
    bases = inspect.getmro(getattr(found, owner))[:-1]
    assert any(name in vars(base) or re.search(rf"self\.{name}\s*=", inspect.getsource(base)) for base in bases)


def test_the_search_finds_each_kind():
    """An import, an attribute, a method and an attribute of a class that FiPy's is a base of, a name in a text."""
    source = """
from fipy.terms.abstractBinaryTerm import _AbstractBinaryTerm
from fipy import Variable
class Mine(Variable):
    def _calcValue(self): return self._value
class More(Mine):
    def f(self): return super()._requires
class Own:
    def __init__(self): self._vars = 1
    def g(self, mesh, other): return mesh._faceAreas, getattr(mesh, "_constraints"), self._vars, other._kernel
"""
    assert names_of(ast.parse(source), {"Variable", "Mine"}, own={"_vars", "_kernel"}) == {
        "_AbstractBinaryTerm", "_calcValue", "_value", "_requires", "_faceAreas", "_constraints",
    }  # fmt: skip


def used() -> set[str]:
    """Private names in the package's sources that FiPy has, and that are not the package's own."""
    paths = (path for path in PACKAGE.rglob("*.py") if "postprocess" not in path.relative_to(PACKAGE).parts)
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    derived = subclasses(trees)
    own = set().union(*(own_names(tree, derived) for tree in trees))
    return of_fipy() & set().union(*(names_of(tree, derived, own) for tree in trees))


def of_fipy() -> set[str]:
    """Private names in FiPy's sources."""
    sources = (path.read_text(encoding="utf-8") for path in Path(fipy.__file__).parent.rglob("*.py"))
    return set().union(*(re.findall(r"\b_[A-Za-z]\w*", source) for source in sources))


def subclasses(trees) -> set[str]:
    """Classes of FiPy that are imported, and those that the package derives from them."""
    names = {alias.name for tree in trees for node in imports(tree) for alias in node.names}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {c.name for c in classes if bases(c) & names} - names:
        names |= more
    return names


def imports(tree) -> Iterator[ast.ImportFrom]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return (node for node in nodes if (node.module or "").partition(".")[0] == "fipy")


def bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name.isidentifier()


def inside(tree, derived: set[str]) -> set[ast.AST]:
    """Nodes in classes that have one of FiPy's as a base."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and bases(node) & derived)
    return {node for of_fipy in classes for node in ast.walk(of_fipy)}


def names_of(tree, derived: set[str], own: set[str]) -> set[str]:
    """Private names that may be FiPy's: imported, in texts, in classes that have one of FiPy's as a base; of objects.

    The names of objects' attributes do not count if the package's `own` classes have them.
    """
    found = {alias.name for node in imports(tree) for alias in node.names}
    of_a_base = inside(tree, derived)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            itself = ast.unparse(node.value) in ("self", "cls", "super()")
            if node in of_a_base if itself else node.attr not in own:
                found.add(node.attr)
        elif isinstance(node, ast.FunctionDef) and node in of_a_base:
            found.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return {name for name in found if private(name)}


def own_names(tree, derived: set[str]) -> set[str]:
    """Functions, classes and attributes of the package, but those of classes that have one of FiPy's as a base."""
    of_a_base = inside(tree, derived)
    elsewhere = [node for node in ast.walk(tree) if node not in of_a_base]
    names = {node.name for node in elsewhere if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    names |= {n.attr for n in elsewhere if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    return names
