"""Systems with lithium on one side, and their findings.

Claims were written before the first run: around a measured value if there is one, else around the paper's statement.
"""

from __future__ import annotations

from tools.systems import measures as m
from tools.systems.findings import Finding, System

LAGP = System(
    "Li | LAGP",
    "A mixed-conducting product grows without end, and cracks appear (Hartmann 2013, 10.1021/jp4051275).",
    "Transport of ions and electrons through the product; grain boundaries that conduct ions ten times better. By "
    "formula: the bulge around which LAGP cracks, for a chosen change of volume and the toughness of LATP.",
    "Cracks in a run: an even layer that swells is pressed and does not crack, and LAGP around bulges is not followed. "
    "All conductivities of the product are estimates.",
    (
        Finding("lagp thickness", "layer after 1 h [nm]", m.layer("lagp", m.NM)),
        Finding("lagp exponent", "d ln L/d ln t at that time", m.exponent("lagp"), (0.45, 0.55)),
        # thousands of nm against 6 nm on LLZO
        Finding(
            "lagp over llzo",
            "layer after 1 h, relative to LLZO",
            m.ratio(m.layer("lagp"), m.layer_at(m.HOUR, "llzo")),
            (100, 1e4),
        ),
        # the same deck with the electronic conductivity of a blocking product: growth all but ends
        Finding(
            "lagp blocking",
            "growth with σ_e = 1e-15 S/cm, relative to that",
            m.ratio(m.gain("lagp blocking", m.LAYER), m.gain("lagp", m.LAYER)),
            (0, 1e-3),
        ),
        # √10 ahead in the boundaries at most, evened out by what flows sideways
        Finding(
            "lagp ragged",
            "with grains: roughness relative to thickness",
            m.ratio(m.end("lagp grains", "Roughness [m]"), m.layer("lagp grains")),
            (0.05, 1.0),
        ),
        Finding("lagp bulge", "bulge around which LAGP cracks, ΔV/V = 3 % put in [µm]", m.bulge("LAGP", "LATP", 0.03)),
    ),
)

LATP = System(
    "Li | LATP, bare and under Al2O3",
    "5 to 15 nm of alumina suppress the reduction of titanium by a factor of 10² to 10³ (Liu 2018, "
    "10.1021/acsami.8b06366).",
    "Alumina as a resolved phase with its own conductivities, whole or with slits.",
    "Lithiation of the alumina; cracks. All conductivities of film and product are estimates.",
    (
        Finding("latp thickness", "bare, after 1 week [µm]", m.layer("latp", m.UM)),
        Finding(
            "latp suppression 5", "bare after 1 week, relative to 5 nm Al2O3", m.layers("latp", "latp 5 nm"), (1e2, 1e3)
        ),
        Finding(
            "latp suppression 15",
            "bare after 1 week, relative to 15 nm Al2O3",
            m.layers("latp", "latp 15 nm"),
            (1e2, 1e3),
        ),
        # √(σ_c L(h) h/σ_P): 101 nm after a week; in the sweep 100 nm, or a neighbour of it
        Finding(
            "latp optimum",
            "film with the least resistance after 1 week, of 5, 15, 50, 100, 250 nm [nm]",
            m.best_film((5, 15, 50, 100, 250)),
            (50, 250),
        ),
        Finding(
            "latp hole 0",
            "layer under a whole film, relative to bare",
            m.layers("latp film short", "latp short"),
            (0.15, 0.3),
        ),
        # electrons pass the slit and spread, ions pass the film: little protection in a mixed conductor,
        Finding(
            "latp hole 5", "film with 5 % slits, relative to bare", m.layers("latp hole 5", "latp short"), (0.7, 1.05)
        ),
        Finding(
            "latp hole 10",
            "film with 10 % slits, relative to bare",
            m.layers("latp hole 10", "latp short"),
            (0.7, 1.05),
        ),
        Finding(
            "latp hole 20",
            "film with 20 % slits, relative to bare",
            m.layers("latp hole 20", "latp short"),
            (0.7, 1.05),
        ),
        # and much in a product that electrons limit, where a slit feeds its own surroundings only
        Finding(
            "latp hole, blocking",
            "5 % slits, if electrons were the slower carrier",
            m.layers("latp hole, blocking", "latp short"),
            (0.15, 0.6),
        ),
    ),
)

LZP = System(
    "Li | LiZr2(PO4)3",
    "Li3P and Li8ZrO6 conduct Li+ and block electrons; the layer is thin, below 10 Ω cm² (Li 2016, "
    "10.1073/pnas.1615912113).",
    "A product with an electronic conductivity of 1e-15 S/cm, for one year.",
    "Wetting by lithium. Both conductivities of the product are estimates.",
    (
        Finding("lzp thickness", "layer after 1 year [nm]", m.layer("lzp", m.NM), (0, 100)),
        Finding("lzp resistance", "its resistance [Ω cm²]", m.resistance("lzp"), (0, 10)),
        Finding(
            "lzp last month", "growth in the last 30 days [nm]", m.gain("lzp", m.LAYER, m.NM, since=335 * m.DAY), (0, 2)
        ),
    ),
)

LLZO = System(
    "Li | c-LLZO",
    "A tetragonal-like layer stops growing at 6 nm (Ma 2016, 10.1021/acs.nanolett.6b03223).",
    "Two explanations: electrons tunnel; or σ_e is the same everywhere in the layer, and then it must be as low as "
    "given.",
    "The phase transition from cubic to tetragonal. It is open which explanation holds.",
    (
        # λ is the low end of a range, because of these 6 nm
        Finding(
            "llzo thickness",
            "tunnelling, layer after 1 h [nm]",
            m.layer_at(m.HOUR, "llzo", m.NM),
            (5, 7),
            6.0,
            "calibrated",
        ),
        # with σ_i of bulk t-LLZO some 0.4 Ω cm²
        Finding(
            "llzo resistance",
            "its resistance at that time [Ω cm²]",
            m.at(m.HOUR, "llzo", m.RESISTANCE, m.OHM_CM2),
            (0.25, 0.55),
        ),
        Finding(
            "llzo creep",
            "growth from 1 day to 10 days [nm]",
            m.gain("llzo", m.LAYER, m.NM, since=m.DAY),
            (0.9, 1.4),
        ),
        Finding(
            "llzo uniform",
            "σ_e = 5e-16 S/cm, after 1 year [nm]",
            m.layer("llzo uniform", m.NM),
            (5, 7),
            6.0,
            "calibrated",
        ),
        # 6 nm in a year by the parabolic law: k_p of 5.7e-25 m²/s
        Finding(
            "llzo implied",
            "σ_e that gives 6 nm in a year [S/cm]",
            m.implied_conductivity("llzo uniform", 6 * m.NM),
            (4e-16, 6e-16),
            origin="calibrated",
        ),
        Finding("llzo bulk", "σ_e of the bulk, after 1 h [nm]", m.layer("llzo bulk", m.NM), (300, 1e4), 6.0),
    ),
)

WETTING = System(
    "Li | LLZO with Al2O3, ZnO, Li-Al",
    "The interface has 1710 Ω cm² without a layer, 75 with Li-Al, 20 with ZnO, and 1 with 5 nm of alumina (Han "
    "2017, 10.1038/nmat4821; Fu 2017, 10.1126/sciadv.1601659).",
    "Discs of contact with 1 Ω cm² each, at the density that contact theory gives; separately, the film's own "
    "resistance.",
    "The reason why lithium wets (surface energies). Size (10 µm) and shape of the contact spots are estimates.",
    (
        Finding(
            "wetting bare fraction",
            "contact fraction, bare [%]",
            m.known(100 * m.contact_fraction("c-LLZO")),
            (0, 1),
            origin="calibrated",
        ),
        Finding(
            "wetting Li-Al fraction",
            "contact fraction, Li-Al [%]",
            m.known(100 * m.contact_fraction("Li-Al")),
            (0, 20),
            origin="calibrated",
        ),
        Finding(
            "wetting ZnO fraction",
            "contact fraction, ZnO [%]",
            m.known(100 * m.contact_fraction("ZnO")),
            (5, 30),
            origin="calibrated",
        ),
        # theory is good to 8 %, and so are discs of few cells
        Finding(
            "wetting bare",
            "run at that contact fraction, bare [Ω cm²]",
            m.contact_resistance("wetting bare"),
            (1540, 1880),
            1710.0,
            "calibrated",
        ),
        Finding(
            "wetting Li-Al",
            "the same, Li-Al [Ω cm²]",
            m.contact_resistance("wetting Li-Al"),
            (67.5, 82.5),
            75.0,
            "calibrated",
        ),
        Finding(
            "wetting ZnO", "the same, ZnO [Ω cm²]", m.contact_resistance("wetting ZnO"), (18, 22), 20.0, "calibrated"
        ),
        Finding(
            "wetting whole",
            "full contact, no film [Ω cm²]",
            m.contact_resistance("wetting whole"),
            (0.97, 1.03),
            1.0,
            "input",
        ),
        Finding(
            "wetting whole, film",
            "full contact under 5 nm Al2O3 [Ω cm²]",
            m.contact_resistance("wetting whole, film"),
            (1, 51),
            1.0,
        ),
        # the film alone, without better contact, only adds
        Finding(
            "wetting bare, film",
            "film at the contact fraction of bare, relative to bare",
            m.ratio(m.contact_resistance("wetting bare, film"), m.contact_resistance("wetting bare")),
            (1, 30),
        ),
        Finding(
            "wetting σ_i",
            "σ_i with which 5 nm add 1 Ω cm² [S/cm]",
            m.known(5 * m.NM / m.OHM_CM2 / m.S_CM),
            origin="calibrated",
        ),
    ),
)

LGPS = System(
    "Li | LGPS",
    "5 µm after a week (Aktekin 2023, 10.1038/s41467-023-42512-y). The growth was explained as √t (Wenzel 2016, "
    "10.1021/acs.chemmater.6b00610) and as a slow reaction (Bron 2017).",
    "One model for both explanations: σ_e is fitted to the one measured point, or the reaction is slow enough.",
    "It is open which explanation holds; a measurement at a second time would decide.",
    (
        Finding(
            "lgps week",
            "growth as √t: layer after 1 week [µm]",
            m.layer_at(7 * m.DAY, "lgps", m.UM),
            (4.75, 5.25),
            5.0,
            "calibrated",
        ),
        Finding("lgps exponent", "growth as √t: d ln L/d ln t", m.exponent("lgps"), (0.45, 0.55)),
        Finding(
            "lgps reaction week",
            "slow reaction: layer after 1 week [µm]",
            m.layer_at(7 * m.DAY, "lgps reaction", m.UM),
            (4.75, 5.25),
            5.0,
            "calibrated",
        ),
        Finding("lgps reaction exponent", "slow reaction: d ln L/d ln t", m.exponent("lgps reaction"), (0.93, 1.05)),
        Finding(
            "lgps readings", "slow reaction after 400 h, relative to √t", m.layers("lgps reaction", "lgps"), (1.4, 1.8)
        ),
    ),
)

LPSCL = System(
    "Li | Li6PS5Cl",
    "540 nm after 400 h and 315 nm after a week, computed from the charge; growth as √t (Aktekin 2023, "
    "10.1038/s41467-023-42512-y).",
    "σ_e is fitted to the layer after 400 h; the thickness after a week and the growth law are results. A layer that "
    "shrinks, cracks, and grows on through the crack.",
    "The change to linear growth at low temperature. Strain and toughness of the layer that cracks are put in.",
    (
        Finding("lpscl 400 h", "layer after 400 h [nm]", m.layer("lpscl", m.NM), (513, 567), 540.0, "calibrated"),
        Finding("lpscl week", "layer after 1 week [nm]", m.layer_at(7 * m.DAY, "lpscl", m.NM), (283, 363), 315.0),
        Finding("lpscl exponent", "d ln L/d ln t", m.exponent("lpscl"), (0.45, 0.55)),
        Finding("lpscl resistance", "resistance after 400 h [Ω cm²]", m.resistance("lpscl")),
        # the bar of tests/verification/test_cracked_interphase.py
        Finding(
            "lpscl crack",
            "layer at which a crack appears, relative to Griffith's formula",
            m.cracking("lpscl crack"),
            (0.9, 1.1),
        ),
        Finding(
            "lpscl through crack",
            "growth of L² after the crack, relative to before",
            m.faster("lpscl crack"),
            (1.0, 100.0),
        ),
    ),
)

SYSTEMS = (LAGP, LATP, LZP, LLZO, WETTING, LGPS, LPSCL)
