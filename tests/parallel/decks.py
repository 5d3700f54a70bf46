"""Decks that take a second or two: a few steps of everything that ranks could disagree on."""

RIPPLE = """
title = "Rippled and rough, under a film with a defect"
[domain]
dimension = 2
size = ["10 um", "16 um"]
cells = [30, 48]
[interface]
width = "2 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "5 um"
[[front.cosines]]
amplitude = "0.5 um"
wavelength = "10 um"
[front.noise]
amplitude = "0.1 um"
correlation_length = "2 um"
seed = 7
[coating]
thickness = "10 nm"
conductivity = "1e-6 S/m"
[[coating.defects]]
position = ["4 um"]
width = "3 um"
[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
[stop]
time = "9 s"
[time]
initial_step = "2 s"
[output]
snapshots = 2
"""

#: Overrides that make it three-dimensional; 24 layers.
SOLID = (
    "domain.dimension=3",
    "domain.size=['6 um', '6 um', '9 um']",
    "domain.cells=[16, 16, 24]",
    "front.height=4 um",
    "front.cosines=",
    "coating.defects=[{position=['3 um', '2 um'], width='3 um'}]",
    "stop.time=4 s",
    "output.snapshots=1",
)

#: Overrides that make its cells grow with the height.
TALL = ("domain.size=['10 um', '60 um']", "domain.cells=[30, 180]", "domain.grading={start='12 um', growth=1.2}")

#: Overrides that make the electrolyte binary, driven by a current, then a voltage, then nothing.
LIQUID = (
    "electrolyte.transport=binary",
    "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=1e-10 m^2/s",
    "electrolyte.transference_number=0.3",
    "coating=",
    "drive.steps=[{mode='galvanostatic', current_density='6 mA/cm^2', duration='2 s'},"
    " {mode='potentiostatic', voltage='-0.05 V', duration='0.5 s'}, {mode='rest'}]",
    "stop.time=4 s",
    "output.snapshots=1",
    "solver.max_newton=30",
)
