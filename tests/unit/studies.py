"""A small base deck and study that tests vary by overrides."""

from pathlib import Path

#: A layer of a few cells.
LAYER = """
model = "interphase"
[domain]
dimension = 1
size = ["60 nm"]
cells = [60]
[interface]
width = "6 nm"
[electrolyte]
material = "LAGP"
[reaction]
velocity = "5 nm/s"
[layer]
height = "8 nm"
"""

BASE = f"""{LAYER}[coating]
material = "Al2O3"
thickness = "4 nm"
[stop]
time = "1 s"
[output]
snapshots = 2
"""

GRID = """
title = "Grid"
base = "base.toml"
[[axes]]
name = "velocity"
key = "reaction.velocity"
values = ["1 nm/s", "0.002 um/s"]
[[axes]]
name = "layer"
key = "layer.height"
range = ["5 nm", "20 nm"]
count = 3
scale = "log"
"""


def write_study(folder: Path, text: str = GRID, base: str = BASE) -> Path:
    """Write a study and its base deck; the path of the study."""
    (folder / "base.toml").write_text(base)
    path = folder / "small.study.toml"
    path.write_text(text)
    return path
