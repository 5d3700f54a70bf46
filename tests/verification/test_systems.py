"""The systems of the review: what each paper claims comes out of conductivities, potentials and geometry.

The findings are those that ``make systems`` prints. Bounds were written before the first run; those on numbers that
an experiment gives are around the experiment's, those on estimated materials around what the claim says.
"""

from __future__ import annotations

import pytest

from tools.systems import FINDINGS, Runs

#: What must come out, by the key of a finding: lower and upper bound, in the unit of the table.
BOUNDS = {
    # Hartmann 2013: a mixed conductor has no self-limit; thousands of nm against 6 nm on LLZO
    "lagp exponent": (0.45, 0.55),
    "lagp over llzo": (100, 1e4),
    # the same deck with the electronic conductivity of a blocking product: growth all but ends
    "lagp blocking": (0, 1e-3),
    # boundaries with ten times the ions: √10 ahead at most, evened out by what flows sideways
    "lagp ragged": (0.05, 1.0),
    # Liu 2018: 10² to 10³ times less reaction under 5 to 15 nm
    "latp suppression 5": (1e2, 1e3),
    "latp suppression 15": (1e2, 1e3),
    # √(σ_c L(h) h/σ_P): 101 nm after a week; in the sweep 100 nm, or a neighbour of it
    "latp optimum": (50, 250),
    # electrons pass the slit and spread, ions pass the film: little protection in a mixed conductor,
    "latp hole 5": (0.7, 1.05),
    "latp hole 10": (0.7, 1.05),
    "latp hole 20": (0.7, 1.05),
    # and much in a product that electrons limit, where a hole feeds its own surroundings only
    "latp hole, blocking": (0.15, 0.6),
    # Li 2016: thin, below 10 ohm cm²
    "lzp thickness": (0, 100),
    "lzp resistance": (0, 10),
    "lzp last month": (0, 2),
    # Ma 2016: 6 nm; with σ_i of bulk t-LLZO some 0.4 ohm cm²
    "llzo thickness": (5, 7),
    "llzo resistance": (0.25, 0.55),
    "llzo creep": (0.9, 1.4),
    "llzo uniform": (5, 7),
    "llzo bulk": (300, 1e4),
    # Aktekin 2023: 5 µm after a week, read as √t and as a slow reaction
    "lgps week": (4.75, 5.25),
    "lgps exponent": (0.45, 0.55),
    "lgps reaction week": (4.75, 5.25),
    "lgps reaction exponent": (0.93, 1.05),
    "lgps readings": (1.4, 1.8),
    # 540 nm after 400 h; 315 nm after a week from the charge
    "lpscl 400 h": (513, 567),
    "lpscl week": (283, 363),
    "lpscl exponent": (0.45, 0.55),
    # Zhang 2020: rising without the borate, flat with it
    "ncm523 bare": (20, 200),
    "ncm523 coated": (0, 10),
    # Li 2019: rising with √t
    "ncm811 exponent": (0.45, 0.55),
    # Han 2017: 1710 to 1 ohm cm²; contact fractions below a percent explain it, the film only adds
    "llzo bare contact": (0, 1),
    "llzo Li-Al contact": (0, 20),
    "llzo ZnO contact": (5, 30),
    "llzo alumina film": (0.5, 50),
    # Zhang 2019: 130 MPa and 244 MPa times V/F
    "whisker stall": (17.3, 17.7),
    "whisker cap": (32.6, 33.2),
}

#: Cases of one flat layer, to be as thick as theory says (``phasefield check``): 3 %.
FLAT = (
    "lagp",
    "latp",
    "latp 5 nm",
    "lzp",
    "llzo",
    "lgps",
    "lgps reaction",
    "lpscl",
    "ncm523",
    "ncm523 coated",
    "ncm811",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("systems"))


@pytest.mark.parametrize("key", BOUNDS)
def test_claim(key, runs):
    """What the paper saw, within bounds."""
    (finding,) = (f for f in FINDINGS if f.key == key)
    low, high = BOUNDS[key]
    assert low <= finding.of(runs) <= high


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_layer_follows_theory(name, runs):
    """Wagner, Deal-Grove, coated or tunnelling growth, 3 % at the end of the run."""
    run = runs[name]
    assert run.history["Thickness [m]"][-1] == pytest.approx(run.resolved["derived"]["planned_thickness"], rel=0.03)


def test_books_close(runs):
    """Lithium consumed is the charge that ions carried, and electrons carried the same: 1e-6."""
    for name in FLAT:
        for column in ("Charge closure [1]", "Carrier closure [1]"):
            assert abs(runs[name].history[column][-1]) < 1e-6, f"{name}: {column}"
