"""Small decks that tests vary by overrides."""

SINGLE_ION = """
title = "Small"
[domain]
dimension = 2
size = ["50 um", "60 um"]
cell_size = "0.3125 um"
[interface]
width = "2 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "10 um"
[[front.cosines]]
amplitude = "1 um"
wavelength = "50 um"
[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
[stop]
time = "1000 s"
"""

#: Overrides that turn it into a binary electrolyte.
BINARY = (
    "electrolyte.transport=binary",
    "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=1e-11 m^2/s",
    "electrolyte.transference_number=0.3",
)

#: Overrides that put a film of 40 charge-transfer resistances on it.
COATED = ("coating.thickness=10 nm", "coating.conductivity=1e-6 S/m")

#: Overrides that make it flat and one-dimensional.
FLAT = (
    "domain.dimension=1",
    'domain.size=["60 um"]',
    "front.cosines=",
)
