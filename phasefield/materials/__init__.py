"""Materials: one TOML file each, every value with its unit, its temperature and its source.

``load("LLZO").value("ionic_conductivity", temperature=333.15)`` is an SI float. `phasefield materials list`
shows all of them; a new chemistry is a new file beside this one.
"""

from phasefield.materials.library import load, names
from phasefield.materials.schema import PROPERTIES, Datum, Material, MaterialError, Reference

__all__ = ["PROPERTIES", "Datum", "Material", "MaterialError", "Reference", "load", "names"]
