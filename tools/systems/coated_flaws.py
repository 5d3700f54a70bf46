"""Coatings that bridge the mouth of a flaw: when they break, and what the flaw bears then, against the bare flaw.

Mouths, adhesion and resistances are estimates; the claims compare runs with formulas only. The numbers without an
adhesion hold for any: the adhesion that decides how a film breaks is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from phasefield import materials, theory
from phasefield.theory.crack import release_rate
from phasefield.theory.film import LEAST, MOST, Bridge
from phasefield.theory.root import root
from tools.systems import measures as m
from tools.systems.findings import Finding, System
from tools.systems.flaws import flaw, onset
from tools.systems.runs import Override

VOLUME = materials.load("Li").value("molar_volume")


@dataclass(frozen=True)
class Coating:
    """A film of a material over a mouth, both lengths in nm."""

    material: str
    thickness: float
    mouth: float

    @property
    def overrides(self) -> tuple[str, ...]:
        """Of a deck; lithium on the film cannot flow aside."""
        return (
            f"film.material={self.material}", f"film.thickness={self.thickness} nm", f"film.mouth={self.mouth} nm"
        )  # fmt: skip

    @property
    def elastic(self) -> tuple[float, float]:
        """Young's modulus [Pa], Poisson's ratio."""
        value = materials.load(self.material).value
        return value("youngs_modulus"), value("poisson_ratio")

    @property
    def bridge(self) -> Bridge:
        """The film as a strip."""
        return Bridge(self.mouth / 2 * m.NM, self.thickness * m.NM, *self.elastic)

    @property
    def energy(self) -> float:
        """Of a crack through the film [J/m²]."""
        return release_rate(materials.load(self.material).value("fracture_toughness"), *self.elastic)

    @property
    def tears(self) -> float:
        """Pressure at which it tears [MPa]."""
        return self.bridge.pressure_of(self.bridge.tearing_at, self.energy) / m.MPA

    @property
    def held(self) -> float:
        """Adhesion below which it is pulled off before it tears [J/m²]."""
        bridge = self.bridge
        torn = root(lambda x: log(bridge.tearing_at(exp(x)) / self.energy), log(LEAST), log(MOST))
        return bridge.pulling_at(exp(torn))

    def pulled(self, adhesion: float) -> float:
        """Pressure at which it is pulled off an adhesion [J/m²] [MPa]."""
        return self.bridge.pressure_of(self.bridge.pulling_at, adhesion) / m.MPA

    def carries(self, pressure: float, contact: float = 10.0) -> float:
        """Current density [mA/cm²] that is worth a pressure [MPa] on it, with a contact of so many Ω cm²."""
        film = m.film_resistance(self.material, self.thickness * m.NM)
        return 0.1 * theory.pressure_overpotential(pressure * m.MPA, VOLUME) / (contact * m.OHM_CM2 + film)


def over_breaking(case: str) -> m.Measure:
    """Current density from which a flaw grows, over that which breaks its film by the formula."""
    return lambda runs: 10 * onset(case)(runs) / runs[case].resolved["derived"]["film_breaking_current_density"]


def to_bare(case: str) -> m.Measure:
    """The same over that of the bare flaw."""
    return m.ratio(onset(case), onset("llzo flaw 10"))


#: By atomic-layer deposition, 5 Ω cm² by its conductivity; LiF has 10⁵ Ω cm². The mouths are chosen: one that opens by
#: little more than films are thick, and a pore.
ALUMINA, WIDE, FLUORIDE = Coating("Al2O3", 5, 100), Coating("Al2O3", 5, 1000), Coating("LiF", 10, 100)
#: Adhesion of alumina on garnet, an estimate [J/m²].
ADHESION = 0.5
#: A flaw under LiF fills with a ten-thousandth of the current.
LONG = "stop.time=1000 day"

CASES: dict[str, tuple[Override, ...]] = {
    "llzo flaw sealed": flaw("llzo_flaw", 10, 10, *ALUMINA.overrides),
    "llzo flaw pulled": flaw("llzo_flaw", 10, 10, *ALUMINA.overrides, f"film.adhesion={ADHESION} J/m^2"),
    "llzo flaw sealed wide": flaw("llzo_flaw", 10, 10, *WIDE.overrides),
    "llzo flaw LiF": flaw("llzo_flaw", 10, 10, *FLUORIDE.overrides, LONG),
}
#: A run at rest is within 3 % of the formula of the film, and currents rise by 5 %.
FORMULA = (0.95, 1.05)

COATED = System(
    "Li | c-LLZO with a flaw, under Al2O3 or LiF",
    "Alumina by atomic-layer deposition tears at 2.3 MPa √m (Jen 2011, abstract; 1.9 in another study), measured "
    "on a polymer and without lithium. For LiF, and for the adhesion of either on a garnet, no measurement was found.",
    "The flaw of 10 µm above, empty under a film that bridges its mouth. Lithium on the film, at the pressure that the "
    "ions' potential is worth, tears it or pulls it off; then the faces of the flaw are bare, and the film costs its "
    "resistance.",
    "How wide mouths are; lithium that flows aside; strength and residual stress of films. The adhesion, the toughness "
    "of LiF and the resistances of films are estimates.",
    (
        Finding("llzo film 100", "5 nm Al2O3 tear over a mouth of 100 nm at [MPa]", m.known(ALUMINA.tears)),
        Finding("llzo film held", "pulled off first with an adhesion below [J/m²]", m.known(ALUMINA.held)),
        Finding("llzo film carries", "current that tears them [mA/cm²]", m.known(ALUMINA.carries(ALUMINA.tears))),
        Finding(
            "llzo film pulled",
            "with an adhesion of 0.5 J/m² (estimate), current that pulls them off [mA/cm²]",
            m.known(ALUMINA.carries(ALUMINA.pulled(ADHESION))),
        ),
        Finding(
            "llzo flaw sealed", "current from which the flaw grows, if they tear, relative to none",
            to_bare("llzo flaw sealed"), (1.0, 5.0),
        ),
        Finding(
            "llzo flaw sealed theory", "the same, over the formula of the film", over_breaking("llzo flaw sealed"),
            FORMULA,
        ),
        Finding(
            "llzo flaw pulled", "the same, if they are pulled off, relative to none", to_bare("llzo flaw pulled"),
            (1.0, 5.0),
        ),
        Finding(
            "llzo flaw pulled theory", "the same, over the formula of the film", over_breaking("llzo flaw pulled"),
            FORMULA,
        ),
        Finding("llzo film 1000", "5 nm Al2O3 tear over a mouth of 1 µm at [MPa]", m.known(WIDE.tears)),
        # the film breaks long before, and then only costs its 5 Ω cm²: (10 + 1.7)/(15 + 1.7)
        Finding(
            "llzo flaw sealed wide", "current from which the flaw grows there, relative to none",
            to_bare("llzo flaw sealed wide"), (0.66, 0.74),
        ),
        Finding("llzo film LiF", "10 nm LiF tear over a mouth of 100 nm at [MPa]", m.known(FLUORIDE.tears)),
        Finding("llzo film LiF held", "pulled off first with an adhesion below [J/m²]", m.known(FLUORIDE.held)),
        Finding("llzo film LiF carries", "current that tears them [mA/cm²]", m.known(FLUORIDE.carries(FLUORIDE.tears))),
        # (10 + 1.7)/(10⁵ + 11.7), within 6 % as above
        Finding(
            "llzo flaw LiF", "current from which the flaw grows, relative to none", to_bare("llzo flaw LiF"),
            (1.10e-4, 1.24e-4),
        ),
    ),
)  # fmt: skip

SYSTEMS = (COATED,)
