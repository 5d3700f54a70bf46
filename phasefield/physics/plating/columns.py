"""Columns of a plating run."""

from phasefield.physics.common.columns import CHARGE_CLOSURE, CHARGE_PASSED, CURRENT, SHORT_CIRCUIT, Column, Derived

#: Columns of the salt at the lithium, and at the counter electrode, from which a negative current takes it.
SALT_AT = ("Salt at the lithium", "Salt at the counter electrode")

#: Columns of the pressure of the electrolyte on the lithium's surface.
PRESSURES = ("Smallest pressure on the lithium", "Largest pressure on the lithium")

#: Columns of a column of lithium that a support presses on.
SUPPORTED = ("Pressure of the column", "Flow of the column")

COLUMNS = (
    CURRENT,
    Column("Cell voltage", "V", "mV", compare=(), chart=True),
    Column("Overpotential", "V", "mV", chart=True, study=True),
    Column("Counter overpotential", "V", "mV", chart=True),  # with a counter electrode of lithium
    CHARGE_PASSED,
    Column("Charge plated", "C/m2", "mAh/cm²", chart=True),
    CHARGE_CLOSURE,
    Column("Salt closure", "1", closes="salt"),
    # With a binary electrolyte: the largest concentration on the surface
    Column(SALT_AT[0], "mol/m3", "mol/L", chart=True, undefined=True),  # no value without lithium
    Column(SALT_AT[1], "mol/m3"),
    Column("Tip height", "m", "µm", chart=True, study=True),
    Column("Mean thickness", "m", "µm", compare=("gained",), title="Mean thickness of the deposit"),
    Column("Connected lithium", "m", "µm", compare=()),
    Column("Isolated lithium", "m", "µm", chart=True),
    Column("Roughness", "m", "µm", compare=("end", "growth"), chart=True, study=True, floor=1e-17),
    Column("Tip-valley distance", "m", "µm", compare=(), chart=True, title="Tip–valley distance"),
    Column("Area ratio", "1"),
    Column("Tip velocity", "m/s"),
    Column("Tip radius", "m", undefined=True),  # not on a mesh
    Column("Tips", "1", "1", compare=("largest",), title="Number of tips"),
    Column("Overhang", "1", "1", title="Columns with electrolyte under lithium"),
    Column("Morphology", "1", "1", compare=("largest",), title="Morphology (0 flat, 1 tips, 2 branches)"),
    Column("Largest xi ahead", "1"),
    SHORT_CIRCUIT,
    # With an interphase that grows during the run
    Column("Layer resistance", "ohm m2"),
    Column("Charge lost to the interphase", "C/m2"),
    # With nucleation on the collector
    Column("Nuclei", "1", "1", compare=("largest",), title="Number of nuclei formed"),
    Column("Unresolved nuclei", "1"),
    Column("Charge in unresolved nuclei", "C/m2"),
    Column("Charge of the double layer", "C/m2"),
    # With mechanics
    *(Column(name, "Pa", "MPa", undefined=True) for name in PRESSURES),  # no value without lithium
    # With a column: its pressure, and the length of it that has flowed aside
    Column(SUPPORTED[0], "Pa", "MPa", chart=True),
    Column(SUPPORTED[1], "m", "µm"),
)
#: What was planned of a flat front at the largest current; linear theory assumes a film without defects.
DERIVED = (
    Derived(
        "ripples.0.growth_rate", "Growth rate of the ripple, linear theory", "1/s", "1/h", after="Roughness",
        unless=tuple(f"coating.{key}" for key in ("defects", "random_defects", "cracks", "far_thickness", "roughness")),
    ),
    Derived("depletion", "Salt asked for at a flat front over what is there", "1", "1", after="Overpotential"),
    Derived("wagner_number", "Wagner number", "1", "1", after="Roughness"),
    Derived("column_pressure", "Pressure that ends growth or makes lithium flow", "Pa", "MPa", after=SUPPORTED[0]),
)  # fmt: skip
