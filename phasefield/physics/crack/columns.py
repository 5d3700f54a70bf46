"""What is measured of lithium in a crack."""

from dataclasses import replace

from phasefield.physics.common.columns import CHARGE_CLOSURE, CHARGE_PASSED, CURRENT, Column, Derived

COLUMNS = (
    replace(CURRENT, shown="mA/cm²"),
    Column("Cell voltage", "V", "mV", chart=True, study=True),
    Column("Pressure", "Pa", "MPa", compare=("end", "largest"), chart=True, study=True, title="Pressure in the crack"),
    Column("Crack length", "m", "µm", chart=True, study=True),
    Column("Dry length", "m", "µm", chart=True, title="Length of the crack without lithium"),
    Column("Crack velocity", "m/s", "nm/s", compare=("largest",)),
    Column("Stress intensity", "1", "1", compare=("end", "largest"), chart=True, title="K over toughness"),
    Column("Opening", "m", "nm", title="Largest opening"),
    Column("Current into the crack", "1", "1", title="Part of the current into the crack", undefined=True),
    Column("Largest tension", "Pa", "MPa"),
    CHARGE_PASSED,
    Column("Charge at the electrode", "C/m2", "µAh/cm²"),
    Column("Charge in the crack", "C/m2", "µAh/cm²", chart=True, title="Lithium in the crack"),
    CHARGE_CLOSURE,
    Column("Surface energy", "J/m2"),
    Column("Elastic energy", "J/m2"),
    Column("Pressure rate", "Pa/s"),
    # With a film over the mouth: 1 while it holds, and the pressure of the lithium on it
    Column("Film", "1", "1", title="Film over the mouth (1 whole, 0 broken)"),
    Column("Load of the film", "Pa", "MPa", compare=("end", "largest")),
    Column("Sweeps", "1"),
)
DERIVED = (
    Derived("critical_pressure", "Pressure of growth, theory", "Pa", "MPa", after="Pressure"),
    Derived("critical_current_density", "Critical current density, theory", "A/m2", "mA/cm²", after="Stress intensity"),
)
