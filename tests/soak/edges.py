"""Decks at the edge of what is allowed, for every model: refused clearly, right, or failed clearly with data intact.

An edge is a change of a shipped deck. Each runs in a process of its own, with a time limit. "Right" is judged by what
must hold of any run, written here anew: Faraday's law, the bounds of fields and growth, numbers that are finite, and
for flat lithium the voltage of the cell.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mpi4py import MPI

from phasefield.deck import Deck, deck_text, load_deck
from phasefield.deck.common import DrivenDeck
from phasefield.errors import PhasefieldError
from phasefield.io import checkpoint
from phasefield.io.rundir import STATUS, Run, open_run

INPUTS = Path(__file__).parents[2] / "inputs"
#: Longest time that an edge may take [s], on a machine that does other things too.
LONGEST = 240.0
FARADAY, GAS = 96485.33212, 8.31446261815324
#: Part by which a charge may differ from the integral of the given current, and a cell voltage from its formula.
CHARGE, VOLTAGE = 1e-6, 0.03
#: Of a sum over all cells, relative.
ROUND_OFF = 1e-12
#: Shift within the profile of an interface that relaxes on its grid, and its curvature times its width.
RELAXES, BENT = 1e-3, 1e-2
#: What no message to a user contains.
TRACES = re.compile(r"Traceback|\b[A-Z]\w+(?:Error|Warning): |error code \d|PETSc reason")


class Edge(NamedTuple):
    """A change of a deck.

    Attributes
    ----------
    deck : str
        Name in `SMALL`.
    changes : tuple of str
        As for ``--set``.
    ends : str
        Exit codes with which it may end: a digit each, "0" done, "2" refused, "3" failed.
    """

    deck: str
    changes: tuple[str, ...]
    ends: str = "0"

    def __str__(self) -> str:
        return f"{self.deck}: {', '.join(change[:60] for change in self.changes)}"


_FLAT = ("domain.dimension=1", "front.cosines=", "front.noise=")
_COATED = ("coating.thickness=10 nm", "coating.conductivity=1e-6 S/m", "interface.mobility=auto")
#: Shipped decks, made small: some seconds at most.
SMALL: dict[str, tuple[str, ...]] = {
    "plating": (
        "plating_uncoated", *_FLAT, 'domain.size=["60 um"]', "domain.cells=[60]", "interface.width=6 um",
        "interface.mobility=auto", "front.height=20 um", "stop.time=60 s", "output.snapshots=2",
    ),
    "plating 2-D": (
        "plating_uncoated", "domain.cells=[24, 33]", "interface.width=10 um", "front.height=22 um",
        "interface.mobility=auto", "stop.time=60 s", "output.snapshots=2",
    ),
    "salt": (
        "plating_binary", *_FLAT, "domain.size=['50 um']", "domain.cells=[50]", "interface.width=6 um",
        "front.height=20 um", "stop.time=5 s", "output.snapshots=2",
    ),
    "pulse": (
        "plating_pulse", "domain.dimension=1", "domain.size=['30 um']", "domain.cells=[40]", "interface.width=5 um",
        "front.height=14 um", "front.noise=", "drive.cycles=1", "output.every=", "output.snapshots=2",
    ),
    "interphase": (
        "interphase_coated", "domain.cells=[54, 27]", "interface.width=14 nm", "layer.height=14 nm",
        "stop.time=20 s", "output.snapshots=2",
    ),
    "bare interphase": (
        "interphase_coated", "domain.dimension=1", "domain.size=['72 nm']", "domain.cells=[54]", "coating=",
        "stop.time=20 s", "output.snapshots=2",
    ),
    "consumed coating": (
        "interphase_coating_consumed", "domain.cells=[30, 30]", "domain.size=['60 nm', '60 nm']", "stop.time=2 min",
        "output.snapshots=2",
    ),
    "contact": ("contact_point", "domain.cells=[8, 12]", "stop.time=20 min", "output.snapshots=2"),
    "plating-interphase": (
        "flagship_uncoated", "domain.cells=[24, 24]", "interface.width=28 nm", "layer.thickness=28 nm",
        "stop.time=20 s", "output.snapshots=2",
    ),
    "wetting": (
        "wetting_lithiophilic", "domain.cell_size=50 nm", "domain.size=['0.9 um', '1 um']", "interface.width=230 nm",
        "layer.thickness=350 nm", "stop.time=40 s", "output.snapshots=2",
    ),
}  # fmt: skip


def _current(value: str) -> str:
    return f"drive.steps.0.current_density={value}"


def _voltage(value: str, duration: str = "10 s") -> str:
    return f'drive.steps=[{{mode="potentiostatic", voltage="{value}", duration="{duration}"}}]'


def _many(number: int, table: str, below: float = 1.0) -> str:
    """So many tables of a list, with numbers from 0 to below a bound."""
    return f"[{', '.join(table.format(below * i / number) for i in range(number))}]"


_HOLES = _many(4000, '{{position=["{0:.9f} um"], width="1 nm"}}')
_COSINES = _many(1000, '{{amplitude="1 nm", wavelength="40 um", phase={0}}}')
_PATCHES = _many(1000, '{{position=["{0:.9f} um"], radius="1 um"}}')

#: Edges that the test suite tries too.
QUICK = (
    Edge("plating", (_current("600 mA/cm^2"),), "2"),
    Edge("plating", (_current("1e9 A/m^2"), "stop.time=1 s"), "023"),
    Edge("plating", (_current("1e-30 A/m^2"),)),
    Edge("plating", (_current("0 A/m^2"),), "2"),
    Edge("plating", ("stop.tip_height=10 um",)),
    Edge("plating", ("domain.cells=[1]",), "2"),
    Edge("plating 2-D", (*_COATED, f"coating.defects={_HOLES}")),
    Edge("plating 2-D", ("domain.size=['4 um', '60 um']", "domain.cells=[4, 10000]", "front.cosines=", "front.noise=",
                         "stop.time=10 ms"), "02"),
    Edge("salt", (_current("5 A/cm^2"),), "03"),  # the salt is used up at once
    Edge("bare interphase", ("stop.thickness=1 nm",)),
    Edge("bare interphase", ("reaction.velocity=1 um/s",), "3"),  # the layer would dissolve
    Edge("interphase", ("coating.thickness=1 um",), "2"),
    Edge("contact", ("electrode.content=0.41", "stop.highest_voltage=4 V")),
)  # fmt: skip

PLATING = (
    # currents, voltages, rests
    *(Edge("plating", (_current(i), "stop.time=1 ms"), "023") for i in ("1e9 A/m^2", "-1e9 A/m^2", "1e6 A/m^2")),
    *(Edge("plating", (_current(i),), "03") for i in ("1e-12 A/m^2", "-1e-12 A/m^2")),
    *(Edge("plating", (_voltage(u),), "023") for u in ("10 V", "-10 V", "0 V", "1e-300 V", "-1 V", "0.2 V")),
    Edge("plating", ('drive.steps=[{mode="rest", duration="1 h"}]', "stop.time=")),
    Edge("plating", (_current("-6 mA/cm^2"), "stop.time=2 h"), "03"),  # more than there is
    Edge("plating", (_current("6 mA/cm^2"), "stop.time=3 h", "output.snapshots=2"), "03"),  # into the counter electrode
    Edge("plating", (_current("60 mA/cm^2"), "stop.time=3 h", "stop.short_circuit=false"), "03"),
    Edge("pulse", ("drive.cycles=100000",), "2"),  # in 2 snapshots, but 10 days
    Edge("pulse", ("drive.cycles=300", "drive.steps.0.duration=10 ms", "drive.steps.1.duration=1 ms",
                   "drive.steps.2.duration=10 ms")),
    Edge("pulse", ("drive.steps.0.duration=1e-15 s",)),
    Edge("pulse", ("drive.steps.2.current_density=-600 mA/cm^2",), "023"),
    # temperatures, materials
    *(Edge("plating", (f"conditions.temperature={t} K",), "03") for t in (100, 2000)),
    *(Edge("plating", (f"kinetics.exchange_current_density={i} A/m^2",), "03") for i in (1e-9, 1e-3, 1e4, 1e6)),
    *(Edge("plating", (f"kinetics.{a}_transfer_coefficient={x}",), "03")
      for a in ("anodic", "cathodic") for x in (0.01, 2)),
    *(Edge("plating", (f"electrolyte.conductivity={s} S/m",), "023") for s in (1e-18, 1e-6, 1e3, 1e8)),
    *(Edge("plating", (f"lithium.molar_volume={v} m^3/mol",), "023") for v in (1e-9, 1e-3)),
    *(Edge("plating", (f"lithium.pressure={p} Pa",), "03") for p in (-1e11, -1e9, 1e9, 1e11)),
    *(Edge("plating", (f"lithium.interface_energy={g} J/m^2",), "023") for g in (1e-9, 1e6)),
    Edge("plating 2-D", ("lithium.anisotropy=0.0666",)),
    # interface
    *(Edge("plating", (f"interface.mobility={m} m^2/s",), "023") for m in (1e-30, 1e-6, 1.0)),
    *(Edge("plating", (f"interface.width={w} m",), "2") for w in (1e-12, 1.0)),
    *(Edge("plating", (f"interface.conductivity_floor={f}",), "03") for f in (1e-6, 0.1)),
    *(Edge("plating 2-D", ("interface.capillarity=physical", f"lithium.interface_energy={g} J/m^2"), "03")
      for g in (1e-9, 1e4)),
    # box and front
    Edge("plating", ("domain.cells=[4]",), "2"),
    Edge("plating", ("domain.cells=[1000000]", "stop.time=1 ms"), "023"),
    Edge("plating", ("domain.size=['1 pm']", "front.height=0.5 pm", "interface.width=0.1 pm"), "023"),
    Edge("plating", ("domain.size=['1 m']", "front.height=0.4 m", "interface.width=0.1 m", "stop.time=1 h"), "023"),
    Edge("plating", ("front.height=59.9 um",), "03"),
    Edge("plating", ("front.height=60 um",), "2"),
    Edge("plating", ("front.height=0.01 um",), "03"),
    Edge("plating 2-D", ("domain.cells=[1, 33]",), "2"),
    Edge("plating 2-D", ("domain.cells=[4, 33]", "domain.size=['4.8 um', '55 um']", "front.cosines=")),
    Edge("plating 2-D", (f"front.cosines={_COSINES}",), "03"),
    Edge("plating 2-D", ("front.seeds=[{position=['20 um'], radius='1 m'}]",), "2"),
    Edge("plating 2-D", ("front.noise={amplitude='4 um', correlation_length='1 pm', seed=1}",), "023"),
    Edge("plating 2-D", ("front.noise={amplitude='1 um', correlation_length='1 m', seed=1}",), "2"),
    Edge("plating 2-D", (f"front.noise={{amplitude='1 um', correlation_length='400 um', seed={2**63 - 1}}}",), "03"),
    # film
    *(Edge("plating 2-D", (*_COATED, f"coating.thickness={h} m"), "03") for h in (1e-12, 1e-4, 1.0)),
    *(Edge("plating 2-D", (*_COATED, f"coating.conductivity={s} S/m"), "03") for s in (1e-18, 1e8)),
    *(Edge("plating 2-D", (*_COATED, f"coating.exchange_current_factor={x}"), "03") for x in (1e-9, 1e9)),
    Edge("plating 2-D", (*_COATED, "coating.random_defects={number=10000, width='1 nm', seed=1}")),
    Edge("plating 2-D", (*_COATED, "coating.random_defects={number=10000, width='1 m', seed=1}"), "023"),
    Edge("plating 2-D", (*_COATED, "coating.conductivity=1e-12 S/m",
                         "coating.defects=[{position=['20 um'], width='4 um'}]"), "03"),
    Edge("plating 2-D", (*_COATED, "coating.roughness={amplitude='10 nm', correlation_length='4 um', seed=1}"), "023"),
    *(Edge("plating 2-D", (f'heterogeneity.grain_boundaries={{pattern="voronoi", grains={n}, seed=1, width="{w}", '
                           f"conductivity_factor={x}}}",), "03")
      for n, w, x in ((100_000, "1 um", 0.1), (2, "1 pm", 1e-9), (8, "4 um", 1e9))),
    # stops and times
    Edge("plating", ("stop.charge=1e-9 C/m^2",)),
    Edge("plating", ("stop.charge=1e12 C/m^2",)),
    Edge("plating", ("stop.tip_height=1 m",)),
    Edge("plating", ("stop.time=1e-15 s",)),
    Edge("plating", (_current("1e-7 A/m^2"), "stop.time=1e7 s"), "03"),
    Edge("plating", ("time.initial_step=1e12 s",)),
    Edge("plating", ("time.initial_step=1e-15 s",), "2"),
    Edge("plating", ("time.initial_step=1e-8 s",)),
    Edge("plating", ("time.max_step=1e-15 s",), "2"),
    *(Edge("plating", (f"time.tolerance={x}",)) for x in (1e-6, 0.2)),
    Edge("plating", ("output.every=1e-15 s",), "2"),
    Edge("plating", ("output.snapshots=200", "stop.time=10 ms")),
    Edge("plating", ("output.snapshots=", "output.times=['1e-15 s', '60 s']")),
    # solver and checkpoints
    Edge("plating", ("solver.max_newton=1",), "3"),
    Edge("plating", ("solver.max_rejections=0", _current("60 mA/cm^2")), "03"),
    Edge("plating", ("solver.closure=1e-300",), "03"),
    Edge("plating", ("solver.petsc={ksp_max_it=1, ksp_rtol=1e-16}",), "3"),
    Edge("plating", ("checkpoint.every=1e-15 s", "checkpoint.keep=1000")),
    Edge("plating", ("checkpoint.wall_time=1 s", "checkpoint.margin=1 s"), "2"),
)  # fmt: skip

_BARE = ("front.height=0 m", "front.cosines=", "front.noise=")


def _sites(*changes: str) -> tuple[str, ...]:
    return *_BARE, *(f"collector.nucleation.{change}" for change in changes)


LATER = (
    # bare collectors, nuclei
    Edge("plating 2-D", _BARE, "2"),
    Edge("plating 2-D", _sites("density=1e12 1/m^2", "overpotential=50 mV", "spread=10 mV")),
    Edge("plating 2-D", _sites("density=1e-9 1/m^2", "overpotential=50 mV"), "2"),
    *(Edge("plating 2-D", _sites("density=1e10 1/m^2", f"overpotential={u} V"), "2") for u in (0, 10)),
    Edge("plating 2-D", _sites("density=1e10 1/m^2", "overpotential=50 mV", "spread=5 V"), "2"),
    Edge("plating 2-D", _sites("density=1e10 1/m^2", "attempt_frequency=1e30 1/s")),
    Edge("plating 2-D", _sites("density=1e10 1/m^2", "attempt_frequency=1e-30 1/s"), "2"),
    Edge("plating 2-D", _sites("density=1e10 1/m^2", "overpotential=50 mV", "capacitance=1e-9 F/m^2"), "2"),
    Edge("plating 2-D", _sites("density=1e10 1/m^2", "overpotential=50 mV", "capacitance=1e3 F/m^2")),
    Edge("plating 2-D", _sites("sites=[{position=['20 um'], overpotential='50 mV'}]")),
    *(Edge("plating 2-D", (*_sites("density=1e10 1/m^2", "overpotential=50 mV"), f"collector.contact_angle={a} deg"),
           "2")
      for a in (0, 1, 179, 181)),
    # lithium as the counter electrode
    *(Edge("plating", (f"counter.exchange_current_density={i} A/m^2",)) for i in (1e-9, 1e6)),
    Edge("plating", ("counter.exchange_current_density=100 A/m^2", "counter.thickness=1 pm")),
    Edge("plating", ("counter.exchange_current_density=100 A/m^2", _voltage("-10 V")), "2"),
    Edge("salt", ("counter.exchange_current_density=100 A/m^2", _voltage("-1 V", "1 s")), "03"),
    # isolated lithium
    *(Edge("plating 2-D", (f"front.spheres=[{{position=['20 um', '40 um'], radius='{r} m'}}]",), ends)
      for r, ends in ((1.0, "2"), (1e-12, "0"), (8e-6, "0"))),
    Edge("plating 2-D", ("front.spheres=[{position=['1 m', '40 um'], radius='5 um'}]",), "2"),
    # second order in time
    Edge("plating 2-D", ("time.method=bdf2", "time.tolerance=0.2")),
    *(Edge(name, ("time.method=bdf2",)) for name in ("contact", "wetting", "consumed coating", "plating-interphase")),
)  # fmt: skip

SALT = (
    *(Edge("salt", (_current(i), "stop.time=1 ms"), "023") for i in ("1e9 A/m^2", "-1e9 A/m^2")),
    *(Edge("salt", (_current(i),), "03") for i in ("1e-12 A/m^2", "-150 mA/cm^2", "300 mA/cm^2")),
    *(Edge("salt", (_voltage(u, "1 s"),), "023") for u in ("10 V", "-10 V", "0 V")),
    *(Edge("salt", (f"electrolyte.concentration={c} mol/m^3",), "03") for c in (1e-9, 1e6)),
    *(Edge("salt", (f"electrolyte.diffusivity={d} m^2/s",), "03") for d in (1e-30, 1.0)),
    *(Edge("salt", (f"electrolyte.transference_number={t}",), "03") for t in (0, 0.999999)),
    *(Edge("salt", (f"electrolyte.conductivity_exponent={p}",), "03") for p in (0, 10)),
    *(Edge("salt", (f"electrolyte.thermodynamic_factor={x}",), "03") for x in (1e-300, 1e3)),
    *(Edge("salt", (f"conditions.temperature={t} K",), "03") for t in (100, 2000)),
    Edge("salt", ("electrolyte.counter_electrode=reservoir",), "03"),
    Edge("salt", ("lithium.molar_volume=1e-9 m^3/mol",), "023"),
)

INTERPHASE = (
    *(Edge("bare interphase", (f"conditions.temperature={t} K",), "023") for t in (100, 2000)),
    *(Edge("bare interphase", (f"reaction.velocity={v} m/s",), "03") for v in (1e-18, 1e-6, 1.0)),
    *(Edge("bare interphase", ("reaction.law=butler-volmer", "reaction.velocity=",
                               f"reaction.exchange_current_density={i} A/m^2"), "03") for i in (1e-9, 1.0, 1e6)),
    Edge("bare interphase", ("reaction.activation_energy=5e5 J/mol", "conditions.temperature=100 K"), "023"),
    Edge("bare interphase", ("reaction.activation_energy=5e5 J/mol", "conditions.temperature=1000 K"), "03"),
    *(Edge("bare interphase", (f"electrode.potential={u} V",), "023") for u in (-10, 2.5, 10)),
    *(Edge("bare interphase", (f"product.{of}_conductivity={s} S/m",), "03")
      for of in ("ionic", "electronic") for s in (1e-18, 1e8)),
    *(Edge("bare interphase", (f"product.volume_per_lithium={v} m^3/mol",), "03") for v in (1e-9, 1e-3)),
    *(Edge("bare interphase", (f"product.tunnelling_length={x} m",), "023") for x in (1e-12, 5e-10, 1.0)),
    Edge("bare interphase", ("domain.cells=[4]",), "2"),
    Edge("bare interphase", ("layer.height=1 pm",), "023"),
    Edge("bare interphase", ("layer.height=71.9 nm",), "023"),
    Edge("bare interphase", ("layer.height=72 nm",), "2"),
    Edge("bare interphase", ("stop.time=1e-15 s",)),
    Edge("bare interphase", ("stop.time=1e12 s",), "03"),
    Edge("interphase", ("domain.cells=[4, 1000]", "domain.size=['0.288 nm', '72 nm']", "coating.defects=[]"), "02"),
    Edge("interphase", ("coating.thickness=58 nm",), "02"),
    Edge("interphase", ("coating.thickness=1 pm",), "2"),
    Edge("interphase", ("coating.random_defects={number=10000, width='1 pm', seed=1}",), "2"),
    Edge("interphase", ("coating.random_defects={number=10000, width='1 um', seed=1}",), "023"),
    *(Edge("interphase", (f"coating.{of}_conductivity={s} S/m",), "03")
      for of in ("ionic", "electronic") for s in (1e-18, 1e8)),
    *(Edge("consumed coating", (f"coating.consumption.reaction.velocity={v} m/s",), "03") for v in (1e-18, 1.0)),
    *(Edge("consumed coating", (f"reaction.velocity={v} m/s",), "03") for v in (1e-18, 1.0)),
    Edge("consumed coating", ("coating.thickness=60 nm",), "2"),
    Edge("consumed coating", ("electrode.potential=2 V",), "03"),
    Edge("consumed coating", ("coating.defects=" + _many(1000, '{{position=["{0:.9f} nm"], width="1 pm"}}'),), "2"),
    Edge("consumed coating", ("coating.defects=" + _many(999, '{{position=["{0:.6f} nm"], width="4 nm"}}', 60),), "03"),
    Edge("bare interphase", ("output.every=1e-15 s",), "2"),
    Edge("bare interphase", ("time.max_step=1e-12 s",), "2"),
)  # fmt: skip

CONTACT = (
    *(Edge("contact", (_current(i), "stop.time=1 s"), "03") for i in ("1e9 A/m^2", "-1e9 A/m^2", "1e-12 A/m^2")),
    *(Edge("contact", (_voltage(u, "1 min"),), "03") for u in ("10 V", "-10 V", "0 V", "3.9 V")),
    Edge("contact", ('drive.steps=[{mode="rest", duration="1 h"}]',)),
    *(Edge("contact", (f"electrode.content={x}",), "2") for x in (0, 1e-300, 0.999999)),
    *(Edge("contact", (f"electrode.diffusivity={d} m^2/s",), "03") for d in (1e-30, 1.0)),
    *(Edge("contact", (f"electrode.maximum_concentration={c} mol/m^3",), "03") for c in (1e-9, 1e6)),
    *(Edge("contact", (f"electrolyte.ionic_conductivity={s} S/m",), "03") for s in (1e-18, 1e8)),
    *(Edge("contact", (f"kinetics.exchange_current_density={i} A/m^2",), "03") for i in (1e-9, 1e6)),
    *(Edge("contact", (f"contact.layer_resistance={r} ohm m^2",), "03") for r in (0, 1e6)),
    *(Edge("contact", (f"conditions.temperature={t} K",), "03") for t in (100, 2000)),
    Edge("contact", (f"contact.patches={_PATCHES}",), "03"),
    Edge("contact", ("contact.patches=[{position=['0 um'], radius='1 m'}]",), "03"),
    Edge("contact", ("contact.patches=[{position=['0 um'], radius='1 pm'}]",), "2"),
    Edge("contact", ("contact.patches=[]", "contact.random_patches={fraction=0.5, radius='1 pm', seed=1}"), "2"),
    Edge("contact", ("contact.patches=[]",)),
    Edge("contact", ("electrode.thickness=6 um",), "2"),
    Edge("contact", ("electrode.thickness=0.1 um",), "2"),
    Edge("contact", ("stop.lowest_voltage=10 V",)),
    Edge("contact", ("stop.time=1000 h",), "03"),
    Edge("contact", ("output.every=1e-15 s",), "2"),
    Edge("contact", ("domain.cells=[4, 9000]", "electrode.thickness=2 um", "stop.time=1 s"), "02"),
)

FRONTS = (
    *(Edge("plating-interphase", (_current(i), "stop.time=1 ms"), "03") for i in ("1e9 A/m^2", "-1e9 A/m^2")),
    *(Edge("plating-interphase", (_current(i),), "03") for i in ("1e-12 A/m^2", "-1 mA/cm^2", "100 mA/cm^2")),
    *(Edge("plating-interphase", (_voltage(u, "10 ms"),), "023") for u in ("10 V", "-10 V", "0 V")),
    *(Edge("plating-interphase", (f"conditions.temperature={t} K",), "03") for t in (100, 2000)),
    *(Edge("plating-interphase", (f"reaction.velocity={v} m/s",), "03") for v in (1e-18, 1.0)),
    *(Edge("plating-interphase", (f"kinetics.exchange_current_density={i} A/m^2", "stop.time=0.2 s"), "03")
      for i in (1e-9, 1e6)),
    *(Edge("plating-interphase", (f"electrolyte.{of}_conductivity={s} S/m",), "03")
      for of in ("ionic", "electronic") for s in (1e-18, 1e8)),
    *(Edge("plating-interphase", (f"product.{of}_conductivity={s} S/m",), "03")
      for of in ("ionic", "electronic") for s in (1e-18, 1e8)),
    Edge("plating-interphase", ("layer.thickness=1 pm",), "2"),
    Edge("plating-interphase", ("layer.thickness=1 m",), "2"),
    Edge("plating-interphase", ("front.height=159 nm",), "023"),
    Edge("plating-interphase", ("domain.cells=[1, 24]",), "2"),
    Edge("plating-interphase", ("heterogeneity=", "domain.cells=[4, 1000]", "domain.size=['0.64 nm', '160 nm']",
                                "stop.time=1 ms"), "02"),
    Edge("plating-interphase", ("heterogeneity.grain_boundaries.grains=100000",), "03"),
    Edge("plating-interphase", ("heterogeneity.grain_boundaries.electronic_factor=1e9",), "03"),
    Edge("plating-interphase", ("stop.tip_height=1 nm",)),
    Edge("plating-interphase", ("stop.time=1 h", _current("-1 mA/cm^2")), "03"),
)  # fmt: skip

WETTING = (
    *(Edge("wetting", (f"lithium.current_density={i}", "stop.time=1 ms"), "03") for i in ("1e9 A/m^2", "-1e9 A/m^2")),
    *(Edge("wetting", (f"lithium.current_density={i}",), "03") for i in ("1e-12 A/m^2", "-1 mA/cm^2", "100 mA/cm^2")),
    *(Edge("wetting", (f"energies.{name}={g} J/m^2",), "023")
      for name in ("lithium_layer", "lithium_surroundings", "layer_surroundings") for g in (1e-9, 1e6)),
    *(Edge("wetting", (f"interface.mobility={m} m^2/s",), "03") for m in (1e-30, 1.0)),
    *(Edge("wetting", (f"conditions.temperature={t} K",), "03") for t in (100, 2000)),
    Edge("wetting", ("lithium.seeds=[{position=['0 um'], radius='1 m'}]",), "2"),
    Edge("wetting", ("lithium.seeds=[{position=['0 um'], radius='1 pm'}]",), "023"),
    Edge("wetting", ("lithium.seeds=" + _many(1000, '{{position=["{0:.9f} um"], radius="300 nm"}}', 0.9),), "03"),
    Edge("wetting", ("layer.thickness=1 um",), "2"),
    Edge("wetting", ("stop.contact_fraction=1e-9",)),
    Edge("wetting", ("stop.time=1e12 s",), "03"),
    Edge("wetting", ("output.every=1e-15 s",), "2"),
    Edge("wetting", ("lithium.molar_volume=1e-9 m^3/mol",), "03"),
)  # fmt: skip

ALL = (*QUICK, *PLATING, *LATER, *SALT, *INTERPHASE, *CONTACT, *FRONTS, *WETTING)


def edges(folder: Path) -> Iterator[str]:
    """All of them, one after another; how each ended is printed."""
    for number, edge in enumerate(ALL):
        problem, ended = attempted(edge, folder / str(number))
        print(f"{ended:8} {edge}")
        yield f"{edge}: {problem}" if problem else ""


def attempted(edge: Edge, place: Path) -> tuple[str, str]:
    """What is wrong with how an edge ended, or nothing; and how it ended."""
    name, *small = SMALL[edge.deck]
    deck = place.with_suffix(".toml")
    deck.write_text(deck_text(INPUTS / f"{name}.toml", [*small, *edge.changes]))
    command = [sys.executable, "-m", "phasefield", "run", deck, "-o", place]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return f"has not ended after {LONGEST:.0f} s", "hung"
    says = done.stdout + done.stderr
    if found := TRACES.search(says):
        return f"says {says[max(0, found.start() - 300) :][:900]!r}", "trace"
    how = {0: "done", 2: "refused", 3: "failed"}.get(done.returncode)
    if how is None:
        return f"exit code {done.returncode}: {says[-500:]!r}", str(done.returncode)
    if str(done.returncode) not in edge.ends:
        return f"ended with exit code {done.returncode}: {says[-500:]!r}", how
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    if done.returncode and not errors:
        return f"no error is given: {says[-300:]!r}", how
    if how == "refused":
        return ("a refused run has written" if (place / STATUS).exists() else ""), how
    try:
        return "; ".join(wrong(load_deck(deck), open_run(place), how)), how
    except PhasefieldError as error:
        return f"cannot be read: {error}", how


def wrong(deck: Deck, run: Run, how: str) -> Iterator[str]:
    """What does not hold of what a run has written, whether it is done or failed."""
    history, state = dict(run.history), run.status["state"]
    if state != how:
        yield f"status is {state}"
    undefined = {column.head for column in run.columns if column.undefined}
    for head in history:
        if head not in undefined and not np.all(np.isfinite(history[head])):
            yield f"{head} is not finite"
    for snapshot in (run.snapshot(k) for k in range(len(run.times))):
        for name, values in snapshot.fields.items():
            if not np.all(np.isfinite(values)):
                yield f"{name} is not finite at {snapshot.time:g} s"
    if run.history.rows > 1:
        yield from _saved(run)
    end = history["Time [s]"][-1]
    if how == "done" and run.status["reason"].startswith("end of") and not math.isclose(end, deck.planned_time):
        yield f"ended at {end:g} s instead of {deck.planned_time:g} s"
    yield from _closed(deck, history)
    for laws in (_faraday, _growth, _flat_cell):
        yield from laws(deck, history)


def _saved(run: Run) -> Iterator[str]:
    """A run that has done a step can be restarted."""
    saved = sorted((run.path / "checkpoints").iterdir())
    if problem := checkpoint.verify(saved[-1], MPI.COMM_SELF) if saved else "there is no checkpoint":
        yield problem


def _closed(deck, history) -> Iterator[str]:
    """Balances close, as far as what has passed is more than the round-off of what is there."""
    passed = np.maximum.accumulate(np.abs(history["Charge passed [C/m2]"]))
    bound = 2 * deck.solver.closure * passed + _least(deck)  # a step is judged with what moves in it added
    for head in history:
        if "closure" in head and not np.all(np.abs(history[head]) * passed <= bound):
            yield f"{head} is {np.max(np.abs(history[head])):.1e}"


def _least(deck) -> float:
    """Charge per area that may be lost [C/m²]: round-off of all that fits in the box, error of a relaxing profile."""
    if deck.model == "contact":
        return ROUND_OFF * FARADAY * deck.electrode.maximum_concentration * deck.electrode.thickness
    per_lithium = deck.lithium.molar_volume if hasattr(deck, "lithium") else deck.product.volume_per_lithium
    relaxes = deck.solver.closure * RELAXES * deck.interface.width
    return (ROUND_OFF * deck.domain.size[-1] + relaxes) * FARADAY / per_lithium


def _faraday(deck, history) -> Iterator[str]:
    """The charge that passed is the integral of the given currents; what it plated or stored is as much."""
    if not isinstance(deck, DrivenDeck) or any(step.mode == "potentiostatic" for step in deck.drive.each):
        return
    end, charge, sizes = history["Time [s]"][-1], 0.0, 0.0
    for start, stop, step in deck.schedule():
        part = (step.current_density or 0.0) * max(0.0, min(stop, end) - start)
        charge, sizes = charge + part, sizes + abs(part)
    if not abs(history["Charge passed [C/m2]"][-1] - charge) <= CHARGE * sizes:
        yield f"{history['Charge passed [C/m2]'][-1]:g} C/m² passed, not {charge:g}"
    if deck.model == "plating":
        plated = history["Charge plated [C/m2]"][-1]
        if deck.nucleation:
            plated += np.ptp(history["Charge of the double layer [C/m2]"][[0, -1]])
        if not abs(plated - charge) <= 2 * deck.solver.closure * sizes + _least(deck):
            yield f"{plated:g} C/m² plated, not {charge:g}"
    if deck.model == "contact":
        stored = history["Charge stored [C/m2]"][-1]
        if not abs(stored - charge) <= 2 * deck.solver.closure * sizes + _least(deck):
            yield f"{stored:g} C/m² stored, not {charge:g}"


def _growth(deck, history) -> Iterator[str]:
    """An interphase never shrinks, and grows no faster than its reaction at the full driving voltage."""
    if deck.model != "interphase" or deck.reaction.law != "linear":
        return
    factor = math.exp(-deck.reaction.activation_energy / GAS * (1 / deck.conditions.temperature - 1 / 298.15))
    thickness, elapsed = history["Thickness [m]"], history["Time [s]"][-1]
    late = 1.1 if deck.window > 0 else 0.0  # time steps of the deck's tolerance
    most = deck.reaction.velocity * factor * elapsed * late
    cell = min(deck.domain.spacing)
    if np.min(thickness - thickness[0]) < -0.3 * deck.interface.width and deck.window > 0:
        yield f"the layer shrinks by {thickness[0] - np.min(thickness):g} m"
    if thickness[-1] - thickness[0] > most + 0.2 * cell:
        yield f"the layer grew by {thickness[-1] - thickness[0]:g} m, {most:g} m at most"


def _flat_cell(deck, history) -> Iterator[str]:
    """V = η(i) − i gap/σ − p V_Li/F for flat lithium, with η of Butler and Volmer by bisection."""
    if deck.model != "plating" or deck.domain.dimension != 1 or deck.electrolyte.transport == "binary" or deck.counter:
        return
    if any(step.mode == "potentiostatic" for step in deck.drive.each) or len(history["Time [s]"]) < 3:
        return
    current, voltage = history["Current density [A/m2]"][-1], history["Cell voltage [V]"][-1]
    laws, thermal = deck.kinetics, GAS * deck.conditions.temperature / FARADAY

    def rate(x):  # of the plating current, which falls with η
        return math.exp(-laws.cathodic_transfer_coefficient * x) - math.exp(laws.anodic_transfer_coefficient * x)

    low, high = -600.0, 600.0
    for _ in range(200):
        middle = (low + high) / 2
        wanted = current / laws.exchange_current_density
        low, high = (middle, high) if rate(middle) > wanted else (low, middle)
    height = history["Mean thickness [m]"][-1]
    if current == 0 or height < 2 * deck.interface.width or deck.interface.conductivity_floor > 0.01:
        return  # of a relaxing front, of one at the bottom, with lithium that conducts ions
    gap = deck.domain.height - height
    pressure = deck.lithium.pressure * deck.lithium.molar_volume / FARADAY
    parts = thermal * low, -current * gap / deck.electrolyte.conductivity, -pressure
    bent = BENT * deck.lithium.interface_energy * deck.lithium.molar_volume / FARADAY / deck.interface.width
    if not abs(voltage - sum(parts)) <= VOLTAGE * sum(map(abs, parts)) + bent + 1e-9:
        yield f"the cell voltage is {voltage:g} V, not {sum(parts):g} V"
