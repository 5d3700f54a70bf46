"""Geometries and decks of meshes, small and coarse, for tests."""

from pathlib import Path

import pytest

from phasefield.mesh import gmsh

needs_gmsh = pytest.mark.skipif(gmsh.find_gmsh()[1] is None, reason="Gmsh is not installed: make setup")

INPUTS = Path(__file__).parent.parent / "inputs"

#: A rectangle of triangles, in any unit.
RECTANGLE = """
Point(1) = {{0, 0, 0, {edge}}}; Point(2) = {{{width}, 0, 0, {edge}}};
Point(3) = {{{width}, {height}, 0, {edge}}}; Point(4) = {{0, {height}, 0, {edge}}};
Line(1) = {{1, 2}}; Line(2) = {{2, 3}}; Line(3) = {{3, 4}}; Line(4) = {{4, 1}};
Curve Loop(1) = {{1, 2, 3, 4}}; Plane Surface(1) = {{1}};
Physical Curve("bottom") = {{1}}; Physical Curve("top") = {{3}}; Physical Surface("electrolyte") = {{1}};
"""

#: Four triangles in a unit square, the electrode below.
SQUARE = """$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
3
1 1 "bottom"
1 2 "top"
2 3 "inside"
$EndPhysicalNames
$Nodes
6
1 0 0 0
2 1 0 0
3 1 1 0
4 0 1 0
5 0.5 0.5 0
9 5 5 0
$EndNodes
$Elements
7
1 15 2 7 7 1
2 1 2 1 1 1 2
3 1 2 2 3 3 4
4 2 2 3 1 1 2 5
5 2 2 3 1 2 3 5
6 2 2 3 1 4 3 5
7 2 2 3 1 4 1 5
$EndElements
"""

#: The same in MSH 4.1: a curve in two groups, one taken backwards, nodes with parameters, parts that are passed over.
SQUARE_4 = """$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
4
1 1 "bottom"
1 2 "top"
1 4 "also the top"
2 3 "inside"
$EndPhysicalNames
$Entities
2 2 1 0
1 0 0 0 0
2 1 0 0 1 7
1 0 0 0 1 0 0 1 -1 2 1 -2
2 0 1 0 1 1 0 2 2 4 0
3 0 0 0 1 1 0 1 3 2 1 2
$EndEntities
$Nodes
4 6 1 9
0 1 0 1
1
0 0 0
1 1 1 2
2
4
1 0 0 0.25
0 1 0 0.75
2 3 0 1
3
1 1 0
2 3 1 2
5
9
0.5 0.5 0 0.1 0.2
5 5 0 0.3 0.4
$EndNodes
$Elements
4 7 1 7
0 1 15 1
1 1
1 1 1 1
2 1 2
1 2 1 1
3 3 4
2 3 2 4
4 1 2 5
5 2 3 5
6 4 3 5
7 4 1 5
$EndElements
$NodeData
1
"passed over"
$EndNodeData
"""

#: A deck on a rectangle of 4 µm by 16 µm that plates, rests and strips; `IN_A_BOX` makes it one in a box.
FLAT = """
title = "Flat"
[domain]
dimension = 2
mesh = "flat.geo"
mesh_unit = "1 um"
[interface]
width = "2 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "5 um"
[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
duration = "200 s"
[[drive.steps]]
mode = "rest"
duration = "10 s"
[[drive.steps]]
mode = "galvanostatic"
current_density = "-6 mA/cm^2"
duration = "20 s"
[output]
snapshots = 4
"""

#: Overrides of the same deck in a box.
IN_A_BOX = ("domain.mesh=", "domain.mesh_unit=", 'domain.size=["4 um", "16 um"]', "domain.cells=[10, 40]")

#: Overrides that give it a salt, and a voltage instead of a current.
LIQUID = (
    "electrolyte.transport=binary", "electrolyte.conductivity=10 mS/cm", "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=3e-10 m^2/s", "electrolyte.transference_number=0.4",
    'drive.steps=[{mode = "potentiostatic", voltage = "-20 mV", duration = "15 s"}]',
)  # fmt: skip


def flat_deck(folder: Path, edge: float = 0.6, text: str = FLAT) -> Path:
    """The deck on a rectangle, in a folder, with triangles of an edge [µm]."""
    (folder / "flat.geo").write_text(RECTANGLE.format(edge=edge, width=4, height=16))
    path = folder / "flat.toml"
    path.write_text(text)
    return path


def curved_deck(folder: Path, fine: float = 0.45) -> Path:
    """`inputs/plating_curved.toml` in a folder, with coarser triangles: their edge in widths."""
    geometry = (INPUTS / "curved_electrode.geo").read_text()
    assert "fine = 0.235;" in geometry
    (folder / "curved_electrode.geo").write_text(geometry.replace("fine = 0.235;", f"fine = {fine};"))
    path = folder / "plating_curved.toml"
    path.write_text((INPUTS / "plating_curved.toml").read_text())
    return path
